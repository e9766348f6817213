import Bolt
import Metering
import MeteringConformance
import MeteringNeo4j
import Testing

extension LiveGraphTests {
    @Suite("the oracle's lease")
    struct LeaderLeaseTests {
        @Test("conforms", arguments: LeaderLeaseConformance.checks)
        func conforms(_ check: LeaderLeaseConformance.Check) async throws {
            try await Graph.withDriver { driver in
                try await check.run(Self.lease(driver))
                let other = try Graph.driver()
                defer { other.close() }
                try await check.runAgain(Self.lease(other))
            }
        }

        @Test func `of many oracles that ask at once, over connections of their own, one leads`() async throws {
            try await Graph.withDriver { _ in
                let now = Timestamp(milliseconds: 1_000_000)
                let leaders = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for oracle in 0..<12 {
                        group.addTask {
                            let driver = try Graph.driver()
                            defer { driver.close() }
                            return try await Self.lease(driver).hold(by: "oracle-\(oracle)", at: now, for: 30_000)
                        }
                    }
                    return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                }
                #expect(leaders == 1)
            }
        }

        private static func lease(_ driver: BoltDriver) -> Neo4jLeaderLease {
            Neo4jLeaderLease(driver: driver, database: Graph.database, options: Graph.options)
        }
    }
}
