import Metering
import MeteringConformance
import Testing

@Suite("The store in memory")
struct MemoryUsageStoreTests {
    private let harness = UsageStoreHarness(isPersistent: false) { { MemoryUsageStore() } }

    @Test("conforms", arguments: UsageStoreConformance.checks)
    func conforms(_ check: UsageStoreConformance.Check) async throws {
        try await check.run(harness)
    }
}
