import Testing

@testable import FlowmeterCommands

@Suite("Work that can be interrupted", .timeLimit(.minutes(10)))
struct InterruptTests {
    @Test func `work that returns ends the wait for signals`() async throws {
        #expect(try await Interrupt.race { 7 } == 7)
    }

    @Test func `work that throws ends the wait for signals`() async {
        await #expect(throws: ExitRequest.self) {
            try await Interrupt.race { () async throws -> Int in throw ExitRequest(status: .failed) }
        }
    }
}
