import Metering
import Testing

@testable import Gateway

@Suite("A port that cannot be had")
struct TakenPortTests {
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
