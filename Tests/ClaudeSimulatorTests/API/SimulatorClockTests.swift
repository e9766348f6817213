import Testing

@testable import ClaudeSimulator

@Suite("Time")
struct SimulatorClockTests {
    @Test(
        "is written as RFC 3339",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_795_461_511_000, "2026-11-23T19:18:31Z"), (4_107_542_399_999, "2100-02-28T23:59:59Z"),
        ] as [(Int64, String)])
    func text(milliseconds: Int64, text: String) { #expect(rfc3339(milliseconds: milliseconds) == text) }

    @Test("stands still until it is moved")
    func manual() {
        let clock = SimulatorClock(milliseconds: 5)
        #expect(clock.now == 5)
        clock.advance(milliseconds: 7)
        #expect(clock.now == 12)
    }
}
