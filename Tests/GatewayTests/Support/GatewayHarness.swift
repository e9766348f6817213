import Gateway
import Logging
import Metering
import NIOCore
import NIOSSL
import PrometheusMetrics
import ServiceLifecycle

/// A running gateway, and what is around it.
struct GatewayHarness: Sendable {
    let port: Int
    let store: any UsageStore
    let upstream: ScriptedUpstream
    /// Begins a graceful shutdown, as SIGTERM does.
    let shutDown: @Sendable () async -> Void

    static let upstreamKey = "sk-ant-operator-secret"
    static let now = Timestamp(milliseconds: 1_795_467_600_000)

    /// Runs a gateway in front of a scripted upstream around `body`.
    static func run<R: Sendable>(
        store: any UsageStore = MemoryUsageStore(),
        reservations: (any SharedReservations)? = nil,
        ledger: (any Ledger)? = nil,
        epochs: (any EpochDocuments)? = nil,
        metrics: PrometheusRegistry? = nil,
        configure: (inout GatewayConfiguration) -> Void = { _ in },
        logger: Logger? = nil,
        tls: NIOSSLContext? = nil,
        upstream script: @escaping @Sendable (ScriptedUpstream.Request) async -> [ScriptedUpstream.Step],
        _ body: (GatewayHarness) async throws -> R
    ) async throws -> R {
        try await ScriptedUpstream.run(answering: script, tls: tls) { upstream in
            var configuration = GatewayConfiguration(
                upstream: try UpstreamURL("http://127.0.0.1:\(upstream.port)"),
                upstreamKey: try UpstreamKey(upstreamKey))
            configuration.port = 0
            configuration.eventLoopThreads = 2
            configuration.removeTimeouts()
            if tls != nil { configuration.upstream = try UpstreamURL("https://localhost:\(upstream.port)") }
            configure(&configuration)
            let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let server = GatewayServer(
                configuration: configuration, store: store, catalog: .anthropic, reservations: reservations,
                ledger: ledger, epochs: epochs, metrics: metrics, logger: logger ?? quiet, wallClock: { now })
            let services = ServiceGroup(services: [server], logger: quiet)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await services.run() }
                let harness = GatewayHarness(
                    port: try await server.port(), store: store, upstream: upstream,
                    shutDown: { await services.triggerGracefulShutdown() })
                let result = try await body(harness)
                await services.triggerGracefulShutdown()
                try await group.waitForAll()
                return result
            }
        }
    }

    func client() async throws -> RawClient { try await RawClient.connect(port: port) }

    /// All events of one customer.
    func events(of customer: CustomerID = .default) async throws -> [UsageEvent] {
        try await store.events(of: customer, after: 0, limit: 1000).map(\.event)
    }
}

extension GatewayConfiguration {
    /// Waits for everything.
    ///
    /// On a machine that is slow enough, anything may take longer than a real client's patience; TimeoutTests has the
    /// timeouts, on a clock of its own.
    mutating func removeTimeouts() {
        timeouts.requestHead = .hours(1)
        timeouts.requestBody = .hours(1)
        timeouts.keepAlive = .hours(1)
        timeouts.reservation = .hours(1)
        timeouts.upstreamConnect = .hours(1)
        timeouts.upstreamFirstByte = .hours(1)
        timeouts.upstreamIdle = .hours(1)
        timeouts.clientStall = .hours(1)
        timeouts.shutdownGrace = .hours(1)
    }
}

/// Requests and responses as they are on the wire.
enum Wire {
    static func request(
        _ method: String = "POST", _ target: String = "/v1/messages", headers: [String] = [], body: String = "{}"
    ) -> String {
        var head = "\(method) \(target) HTTP/1.1\r\nhost: gateway\r\n"
        for header in headers { head += header + "\r\n" }
        return head + "content-length: \(body.utf8.count)\r\n\r\n" + body
    }

    static func get(_ target: String, headers: [String] = []) -> String {
        "GET \(target) HTTP/1.1\r\nhost: gateway\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    static let message =
        #"{"id":"msg_01","type":"message","role":"assistant","model":"claude-opus-5-5","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":12,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":89,"service_tier":"standard"}}"#

    static func json(_ body: String, status: String = "200 OK", headers: [String] = []) -> String {
        "HTTP/1.1 \(status)\r\ncontent-type: application/json\r\n" + headers.map { $0 + "\r\n" }.joined()
            + "content-length: \(body.utf8.count)\r\n\r\n" + body
    }

    /// The head of a stream in chunks.
    static let streamHead =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nrequest-id: req_up\r\n"
        + "transfer-encoding: chunked\r\n\r\n"

    static func chunk(_ text: String) -> String { String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n" }

    static let lastChunk = "0\r\n\r\n"

    static func event(_ name: String, _ data: String) -> String { "event: \(name)\ndata: \(data)\n\n" }

    static func messageStart(id: String = "msg_01") -> String {
        event(
            "message_start",
            #"{"type":"message_start","message":{"id":"\#(id)","type":"message","role":"assistant","model":"claude-opus-5-5","content":[],"stop_reason":null,"usage":{"input_tokens":12,"output_tokens":1}}}"#
        )
    }

    static let text = event(
        "content_block_delta",
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}"#)

    static let messageDelta = event(
        "message_delta",
        #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":89}}"#)

    static let messageStop = event("message_stop", #"{"type":"message_stop"}"#)

    static let stream = messageStart() + text + text + messageDelta + messageStop
}
