import NIOCore
import NIOPosix
import Testing

@testable import Bolt

/// Where a session's work runs.
@Suite struct EventLoopTests {
    @Test(
        "Work that stays on the event loop finds its answers there, and a connection of that loop",
        arguments: [true, false])
    func staying(isStaying: Bool) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        try await TestServer.run { side, _ in
            try await side.accept()
            try await side.serveEverything()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") {
                $0.maximumPoolSize = 2
                $0.eventLoopGroup = group
            }
            defer { driver.close() }
            var configuration = BoltSessionConfiguration(database: "neo4j")
            configuration.staysOnEventLoop = isStaying
            for _ in 0..<4 {
                let places = try await driver.withSession(configuration) { session in
                    var places: [Bool] = []
                    for _ in 0..<5 {
                        let result = try await session.run("RETURN 1")
                        _ = try await result.collect()
                        places.append(result.isOnOwnEventLoop)
                    }
                    return places
                }
                #expect(places == Array(repeating: isStaying, count: 5))
            }
        }
        try await group.shutdownGracefully()
    }
}

extension BoltResult {
    /// Whether this code runs on the event loop that the result came in on.
    fileprivate var isOnOwnEventLoop: Bool {
        guard let current = MultiThreadedEventLoopGroup.currentEventLoop else { return false }
        return connection.isOn(current)
    }
}
