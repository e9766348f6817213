import NIOCore
import NIOPosix
import Testing

@testable import Bolt

/// The server that the tests talk to.
@Suite struct TestServerTests {
    @Test("A server may stop at any moment while clients connect; none of them waits for it")
    func stopsWhileClientsConnect() async throws {
        for round in 0..<150 {
            let (addresses, lend) = AsyncStream.makeStream(of: BoltAddress.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await TestServer.run { side, _ in
                        try await side.serveAll()
                    } _: { address in
                        lend.yield(address)
                        for _ in 0..<round { await Task.yield() }
                    }
                }
                for await address in addresses {
                    for _ in 0..<8 {
                        group.addTask {
                            // Connected, refused or closed: what matters is that it ends, and that nothing traps.
                            let channel = try? await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                                .connect(host: address.host, port: address.port).get()
                            try await channel?.closeFuture.get()
                        }
                    }
                    break
                }
                try await group.waitForAll()
            }
        }
    }
}
