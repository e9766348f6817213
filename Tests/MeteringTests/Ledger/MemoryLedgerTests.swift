import Metering
import MeteringConformance
import Testing

@Suite("The ledger in memory")
struct MemoryLedgerTests {
    @Test("It conforms", arguments: LedgerConformance.checks)
    func conforms(check: LedgerConformance.Check) async throws {
        try await check.run(LedgerHarness { unit, schedule in try MemoryLedger(unit: unit, schedule: schedule) })
    }

    @Test("A unit of zero is refused")
    func unit() {
        #expect(throws: MeteringError.self) { try MemoryLedger(unit: .zero) }
    }
}
