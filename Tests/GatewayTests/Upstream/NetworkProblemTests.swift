import Metering
import NIOCore
import Testing

@testable import Gateway

@Suite("What the network said")
struct NetworkProblemTests {
    @Test("an error of the system is told in the system's words alone")
    func system() {
        let error = IOError(errnoCode: 98, reason: "bind(descriptor:ptr:bytes:): Address already in use")
        #expect(NetworkProblem.text(error) == "Address already in use")
    }

    @Test("a port that is taken is told in these words")
    func taken() async throws {
        try await GatewayHarness.run(upstream: { _ in [] }) { gateway in
            var configuration = GatewayConfiguration(upstreamKey: try UpstreamKey("sk-up"))
            configuration.port = gateway.port
            let server = GatewayServer(
                configuration: configuration, store: MemoryUsageStore(), catalog: .anthropic,
                logger: LogRecorder().logger)
            let error = await #expect(throws: GatewayError.self) { try await server.run() }
            #expect(
                error?.message
                    == "cannot listen on 127.0.0.1:\(gateway.port): Address already in use; is another program using it?"
            )
        }
    }
}
