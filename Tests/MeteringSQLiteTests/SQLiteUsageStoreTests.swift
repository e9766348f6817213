import Metering
import MeteringConformance
import Testing

@testable import MeteringSQLite

@Suite("The SQLite store")
struct SQLiteUsageStoreTests {
    private static func harness(_ options: SQLiteUsageStore.Options) -> UsageStoreHarness {
        UsageStoreHarness(isPersistent: true) {
            let directory = try TemporaryDirectory()
            return { try SQLiteUsageStore(path: directory.store, options: options) }
        }
    }

    @Test("conforms", arguments: UsageStoreConformance.checks)
    func conforms(_ check: UsageStoreConformance.Check) async throws {
        try await check.run(Self.harness(.init()))
    }

    @Test(
        "conforms when roll-ups and indexes are brought up to date every few events",
        arguments: UsageStoreConformance.checks)
    func conformsEagerly(_ check: UsageStoreConformance.Check) async throws {
        try await check.run(Self.harness(.eager()))
    }

    @Test("conforms when every commit brings the roll-ups up to date", arguments: UsageStoreConformance.checks)
    func conformsAtOnce(_ check: UsageStoreConformance.Check) async throws {
        try await check.run(Self.harness(.eager(rollupInterval: 1, indexInterval: 1)))
    }
}
