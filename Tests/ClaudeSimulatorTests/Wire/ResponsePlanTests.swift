import Claude
import NIOCore
import Testing

@testable import ClaudeSimulator

@Suite("The plan of a response")
struct ResponsePlanTests {
    private static func answer(_ scenario: Scenario, seed: UInt64 = 1) throws -> MessageAnswer {
        let request = try MessageRequest(
            SimulatorClient.request(stream: true), version: "2023-06-01", models: SimulatedModel.all)
        var writer = AnswerWriter(
            request: request, scenario: scenario, split: .init(input: 12, write5m: 3, read: 4),
            generator: SeededGenerator(seed: seed))
        return writer.answer()
    }

    private static func plan(_ scenario: Scenario, seed: UInt64 = 1) throws -> ResponsePlan {
        try ResponsePlanner(scenario: scenario, requestID: "req_1")
            .stream(answer(scenario, seed: seed).events(scenario.wire))
    }

    private static func bytes(_ plan: ResponsePlan) -> [[UInt8]] {
        plan.steps.compactMap { if case .bytes(let buffer) = $0 { Array(buffer.readableBytesView) } else { nil } }
    }

    @Test("writes one chunk per event")
    func perEvent() throws {
        let chunks = Self.bytes(try Self.plan(Scenario(text: "Hello")))
        #expect(chunks.count == 7)
        #expect(chunks.allSatisfy { $0.starts(with: Array("event: ".utf8)) && $0.suffix(2) == [10, 10] })
    }

    @Test("cuts bytes anywhere, and loses none")
    func sizes() throws {
        var scenario = Scenario(text: "größe 🌊 東京")
        scenario.wire.chunking = .sizes([3, 1])
        let plan = try Self.plan(scenario)
        let chunks = Self.bytes(plan)
        #expect(chunks.prefix(4).map(\.count) == [3, 1, 3, 1])
        #expect(Array(chunks.joined()) == plan.body)
        scenario.wire.chunking = .random(maximum: 5, seed: 9)
        let random = try Self.plan(scenario)
        #expect(Array(Self.bytes(random).joined()) == random.body)
        #expect(Set(Self.bytes(random).map(\.count)).isSubset(of: Set(1...5)))
        scenario.wire.chunking = .whole
        #expect(Self.bytes(try Self.plan(scenario)) == [plan.body])
    }

    @Test("places gates and pauses to the byte, also inside an event")
    func actions() throws {
        var scenario = Scenario(text: "Hello")
        scenario.gates = [.init("a", at: .start), .init("b", at: .byte(10)), .init("c", at: .before("message_stop"))]
        scenario.gates += [.init("d", at: .end), .init("e", at: .head)]
        scenario.delays = [.init(milliseconds: 5, at: .event(1))]
        scenario.wire.chunking = .whole
        let plan = try Self.plan(scenario)
        #expect(plan.beforeHead == [.gate("e")])
        let shape = plan.steps.map { step in
            switch step {
            case .bytes(let bytes): String(bytes.readableBytes)
            case .gate(let name): name
            case .delay: "pause"
            case .finish: "finish"
            case .truncate, .reset: "cut"
            }
        }
        let start = try #require(Self.answer(scenario).events(scenario.wire).first).bytes(scenario.wire).count
        let stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".utf8.count
        let middle = plan.body.count - start - stop
        #expect(
            shape == ["a", "10", "b", "\(start - 10)", "pause", "\(middle)", "c", "\(stop)", "d", "finish"])
    }

    @Test("drips with a pause before every chunk")
    func drip() throws {
        var scenario = Scenario(text: "Hello")
        scenario.delays = [.init(milliseconds: 2)]
        let steps = try Self.plan(scenario).steps
        for (index, step) in steps.enumerated() {
            guard case .bytes = step else { continue }
            #expect(steps[index - 1] == .delay(milliseconds: 2))
        }
        #expect(steps.count == 15)
    }

    @Test(
        "breaks off where it is told to",
        arguments: [
            (.truncate, .truncate), (.reset, .reset), (.finish, .finish),
        ] as [(Scenario.Fault.Kind, ResponsePlan.Step)])
    func faults(kind: Scenario.Fault.Kind, last: ResponsePlan.Step) throws {
        let whole = try Self.plan(Scenario(text: "Hello"))
        var scenario = Scenario.faulty(kind, at: .byte(100))
        scenario.content = Scenario(text: "Hello").content
        let plan = try Self.plan(scenario)
        #expect(plan.body == Array(whole.body.prefix(100)))
        #expect(plan.steps.last == last)
        #expect(plan.told == nil)
    }

    @Test("tells what was told before a fault, and no more")
    func toldBeforeFault() throws {
        let scenario = Scenario.faulty(.error(type: "api_error", message: "Oh"), at: .before("message_delta"))
        let answer = try Self.answer(scenario)
        let plan = try Self.plan(scenario)
        let told = try #require(plan.told)
        #expect(told.ending == .error(type: "api_error"))
        #expect(told.id == answer.id)
        #expect(told.usage.inputTokens == 12)
        #expect(told.usage.outputTokens == 1)
        #expect(told.stopReason == nil)
        #expect(told.generatedBytes == answer.content.reduce(0) { $0 + $1.generatedBytes })
        #expect(String(decoding: plan.body, as: UTF8.self).hasSuffix(#""request_id":"req_1"}"# + "\n\n"))
    }

    /// The reader of the `Claude` module and the simulator's own bookkeeping are written apart; they must agree.
    @Test("tells what a meter reads off the wire", arguments: 0..<200)
    func meterAgrees(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed &* 7_919)
        var scenario = Scenario()
        scenario.content = [
            ["type": "thinking", "thinking": "Let me see 🌊", "signature": "Eq=="],
            ["type": "text", "text": "größe \"quoted\" back\\slash 東京\n"],
            ["type": "tool_use", "id": "toolu_1", "name": "f", "input": ["q": "東", "n": 1]],
        ]
        scenario.wire.chunking = .random(maximum: 1 + Int(generator.next() % 90), seed: generator.next())
        scenario.wire.usesCRLF = generator.next() % 2 == 0
        scenario.wire.hasComments = generator.next() % 2 == 0
        scenario.wire.hasUnknownEvents = generator.next() % 2 == 0
        scenario.wire.usesGzip = generator.next() % 2 == 0
        scenario.wire.spacing = generator.next() % 2 == 0 ? .spaced : nil
        scenario.wire.pings = Int(generator.next() % 5)
        scenario.wire.deltaLength = 1 + Int(generator.next() % 9)
        if generator.next() % 3 == 0 {
            scenario.deltas = [["output_tokens": 20], ["output_tokens": 40, "input_tokens": 99]]
        }
        if generator.next() % 4 == 0 { scenario.passes = Scenario.presets["compaction"]?.passes ?? [] }
        if generator.next() % 2 == 0 {
            let kinds: [Scenario.Fault.Kind] = [
                .truncate, .finish, .error(type: "overloaded_error", message: "Overloaded"),
            ]
            let kind = kinds[Int(generator.next() % 3)]
            scenario.fault = .init(kind, at: .event(Int(generator.next() % 30)))
        }
        let plan = try Self.plan(scenario, seed: seed)
        var meter = ResponseMeter(
            contentType: plan.contentType, contentEncoding: plan.isGzip ? "gzip" : nil)
        for chunk in Self.bytes(plan) { _ = meter.consume(ByteBuffer(bytes: chunk)) }
        var record = meter.finish(truncated: plan.steps.last != .finish)
        record?.problem = nil
        #expect(record == plan.told, "seed \(seed)")
    }
}
