import Metering
import MeteringConformance
import Testing

@Suite("The oracle's store in memory")
struct MemoryOracleStoreTests {
    @Test("conforms", arguments: OracleStoreConformance.checks)
    func conforms(_ check: OracleStoreConformance.Check) async throws {
        try await check.run(
            OracleStoreHarness(isPersistent: false) {
                let store = MemoryOracleStore()
                return { store }
            })
    }
}
