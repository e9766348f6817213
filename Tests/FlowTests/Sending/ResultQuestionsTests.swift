import Testing

@testable import Flow

@Suite("When a result is asked for")
struct ResultQuestionsTests {
    /// Asks until the stage is reached; returns how many questions it took.
    private static func follow(
        _ timing: ResultTiming, executed time: Duration, interval: Duration, answer: Duration = .zero
    ) -> Int {
        var questions = ResultQuestions(timing, since: .zero, interval: interval)
        var now = Duration.zero
        var count = 0
        while true {
            now += questions.pause(now: now)
            let asked = now
            now += answer
            count += 1
            questions.found(asked >= time ? .executed : .pending, asked: asked, now: now)
            if asked >= time { return count }
        }
    }

    @Test(arguments: [(50, 0, 0.45...0.55), (50, 3000, 0.9...0.98)], [1, 2, 3] as [UInt64])
    func `half of the first questions are late enough, and nineteen of twenty where answers take long`(
        setting: (interval: Int, answer: Int, share: ClosedRange<Double>), seed: UInt64
    ) {
        var random = SeededGenerator(seed: seed)
        let timing = ResultTiming()
        #expect(timing.expectation(.executed) == .zero)
        #expect(!timing.isKnown)
        // The chain becomes slower, and faster again.
        for scale in [1, 2, 1] {
            var enough = 0.0
            for number in 0..<10_000 {
                let time = Duration.milliseconds(Int.random(in: 1000...2000, using: &random) * scale)
                let count = Self.follow(
                    timing, executed: time, interval: .milliseconds(setting.interval),
                    answer: .milliseconds(setting.answer))
                if number >= 8000, count == 1 { enough += 1 }
            }
            #expect(setting.share.contains(enough / 2000), "\(enough) of 2,000 with seed \(seed)")
        }
        #expect(timing.isKnown)
        #expect(timing.expectation(.sealed) == .zero)
    }

    @Test func `a first time that was far too long is soon forgotten`() {
        let timing = ResultTiming()
        timing.record(.executed, ResultTiming.Question(asked: .seconds(8), tried: .seconds(8), repetition: .zero))
        for _ in 0..<12 { _ = Self.follow(timing, executed: .milliseconds(60), interval: .milliseconds(10)) }
        #expect(timing.expectation(.executed) <= .milliseconds(130))
    }

    @Test func `what was late together moves an expectation by little`() {
        let timing = ResultTiming()
        var question = ResultTiming.Question(asked: .seconds(1), tried: .seconds(1), repetition: .seconds(1))
        timing.record(.executed, question)
        question.asked = .seconds(9)
        for _ in 0..<50 { timing.record(.executed, question) }
        // The first of them doubled what was not settled yet.
        #expect(timing.expectation(.executed) == .seconds(2))
        question.tried = .seconds(2)
        for _ in 0..<50 { timing.record(.executed, question) }
        #expect((.milliseconds(2200)...(.milliseconds(2250))).contains(timing.expectation(.executed)))
    }

    @Test func `a result that is sealed at once needs one question`() {
        let timing = ResultTiming()
        var questions = ResultQuestions(timing, since: .zero, interval: .milliseconds(100))
        questions.found(.sealed, asked: .milliseconds(100), now: .milliseconds(101))
        for stage in [ResultTiming.Stage.executed, .sealed] { #expect(timing.expectation(stage) == .milliseconds(100)) }
        // What was sent long ago says nothing about how long it takes.
        questions = ResultQuestions(timing, since: nil, interval: .milliseconds(100))
        questions.found(.sealed, asked: .seconds(500), now: .seconds(500))
        #expect(timing.expectation(.sealed) == .milliseconds(100))
    }
}
