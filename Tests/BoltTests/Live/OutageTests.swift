import NIOCore
import TestServers
import Testing

@testable import Bolt

/// A server that dies under the driver, and comes back.
@Suite(.serialized) struct OutageTests {
    private static func count(_ driver: BoltDriver) async throws -> Int {
        try await driver.executeQuery("MATCH (n:Outage) RETURN count(n)").single().decode(Int.self)
    }

    @Test("A server is killed in the middle of a stream, then in the middle of commits, and comes back each time")
    func kills() async throws {
        try await ArcadeDB.run { server in
            let driver = try server.driver { configuration in
                configuration.initialRetryDelay = .milliseconds(200)
            }
            defer { driver.close() }

            // In the middle of a stream.
            try await driver.withSession(.init(database: "neo4j")) { session in
                let result = try await session.run(
                    "UNWIND range(1, 500000) AS i RETURN i, 'some text to fill the socket'")
                var read = 0
                let error = await #expect(throws: BoltError.self) {
                    for try await _ in result {
                        read += 1
                        if read == 10 { server.kill() }
                    }
                }
                #expect(read < 500_000)
                #expect(error?.code == .connectionLost)
                #expect(error?.isRetryable == true)
            }
            #expect(driver.poolMetrics.first?.inUse == 0)
            try await server.start()
            // Tries again until the server is back, on new connections.
            #expect(try await Self.count(driver) == 0)

            // In the middle of commits: each is known to have happened, known not to have, or said to be unknown.
            let (committed, commit) = AsyncStream.makeStream(of: Bool.self)
            let outcomes = try await withThrowingTaskGroup(of: [BoltError?].self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        var outcomes: [BoltError?] = []
                        let once = try server.driver { $0.maximumRetryTime = .zero }
                        defer { once.close() }
                        // A writer that ends early ends the wait for it.
                        defer { commit.yield(false) }
                        while true {
                            do throws(BoltError) {
                                _ = try await once.executeTransaction(["CREATE (:Outage {writer: \(writer)})"])
                                outcomes.append(nil)
                                commit.yield(true)
                            } catch {
                                outcomes.append(error)
                                if error.code != .server { return outcomes }
                            }
                        }
                    }
                }
                var commits = 0
                for await isCommit in committed {
                    commits += 1
                    if commits == 40 || !isCommit { break }
                }
                #expect(commits == 40)
                server.kill()
                var all: [BoltError?] = []
                for try await outcomes in group { all += outcomes }
                return all
            }
            let known = outcomes.count { $0 == nil }
            let unknown = outcomes.count { $0?.code == .commitOutcomeUnknown }
            #expect(outcomes.allSatisfy { $0?.code != .cancelled && $0?.code != .protocolViolation })
            try await server.start()
            // The server itself loses no commit that it confirmed to the driver.
            let stored = try await Self.count(driver)
            #expect(
                stored >= known && stored <= known + unknown, "\(stored) stored, \(known) known, \(unknown) unknown")
        }
    }
}
