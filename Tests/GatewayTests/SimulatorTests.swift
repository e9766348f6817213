import AsyncHTTPClient
import Claude
import ClaudeSimulator
import Gateway
import Logging
import Metering
import NIOCore
import ServiceLifecycle
import Testing

@Suite("In front of the simulated API")
struct SimulatorTests {
    /// Runs a gateway in front of a simulator around `body`.
    static func run(_ body: (ClaudeSimulator, RawClient, MemoryUsageStore) async throws -> Void) async throws {
        try await ClaudeSimulator.withServer { simulator in
            let store = MemoryUsageStore()
            var configuration = GatewayConfiguration(
                upstream: try UpstreamURL(simulator.baseURL), upstreamKey: try UpstreamKey("sk-ant-sim"))
            configuration.port = 0
            configuration.eventLoopThreads = 1
            configuration.removeTimeouts()
            let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let server = GatewayServer(configuration: configuration, store: store, catalog: .anthropic, logger: quiet)
            let services = ServiceGroup(services: [server], logger: quiet)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await services.run() }
                try await body(simulator, try await RawClient.connect(port: try await server.port()), store)
                await services.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        }
    }

    static func body(stream: Bool) -> String {
        #"{"model":"claude-opus-5-5","max_tokens":100,"stream":\#(stream),"messages":[{"role":"user","content":"Tell me about foxes."}]}"#
    }

    static let headers = ["content-type: application/json", "anthropic-version: 2023-06-01", "x-api-key: any"]

    @Test("what the simulator says it served is what was metered")
    func metered() async throws {
        try await Self.run { simulator, client, store in
            for index in 1...10 {
                try await client.send(
                    Wire.request(
                        headers: Self.headers + (index % 3 == 0 ? ["accept-encoding: gzip"] : []),
                        body: Self.body(stream: index % 2 == 0)))
                #expect(await client.responses(index).last?.status == 200)
            }
            let served = simulator.servedMessages
            #expect(served.count == 10)
            for response in served {
                let id = EventID(rawValue: try #require(response.messageID))
                let event = try #require(try await store.event(id: id)).event
                let usage = try #require(response.usage)
                #expect(UsageSums(event).inputTokens == usage.inputTokens)
                #expect(UsageSums(event).outputTokens == usage.outputTokens)
                #expect(event.quality == .exact)
            }
        }
    }

    @Test("counting tokens and listing models pass through free of charge")
    func free() async throws {
        try await Self.run { _, client, store in
            try await client.send(
                Wire.request(
                    "POST", "/v1/messages/count_tokens?beta=true", headers: Self.headers, body: Self.body(stream: false)
                ))
            #expect(await client.responses(1).last?.text.contains("input_tokens") == true)
            try await client.send(Wire.get("/v1/models?limit=1000", headers: Self.headers))
            #expect(await client.responses(2).last?.text.contains("claude-opus-5-5") == true)
            try await client.send(Wire.get("/v1/models/claude-opus-5-5", headers: Self.headers))
            #expect(await client.responses(3).last?.status == 200)
            #expect(try await store.chainHeads().isEmpty)
        }
    }
}
