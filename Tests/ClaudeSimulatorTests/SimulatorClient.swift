import AsyncHTTPClient
import NIOCore
import NIOHTTP1

@testable import ClaudeSimulator

/// Talks to a simulator over HTTP, as any client would.
struct SimulatorClient: Sendable {
    let http: HTTPClient
    let baseURL: String

    /// An answer, as far as it came.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]
        /// Whether the body broke off.
        var isBroken: Bool

        var text: String { String(decoding: body, as: UTF8.self) }
        var json: JSONValue { get throws { try JSONValue(parsing: body) } }
    }

    static func with<Value>(
        _ configuration: ClaudeSimulator.Configuration = .init(),
        _ body: (ClaudeSimulator, SimulatorClient) async throws -> Value
    ) async throws -> Value {
        try await ClaudeSimulator.withServer(configuration) { simulator in
            try await HTTPClient.withHTTPClient { http in
                try await body(simulator, SimulatorClient(http: http, baseURL: simulator.baseURL))
            }
        }
    }

    func send(
        _ method: HTTPMethod, _ path: String, _ body: [UInt8]? = nil, headers: [String: String] = [:]
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: baseURL + path)
        request.method = method
        request.headers = ["x-api-key": "sk-test", "anthropic-version": "2023-06-01"]
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body { request.body = .bytes(body) }
        let response = try await http.execute(request, deadline: .distantFuture)
        var answer = Answer(status: Int(response.status.code), headers: response.headers, body: [], isBroken: false)
        do {
            for try await chunk in response.body { answer.body += chunk.readableBytesView }
        } catch {
            answer.isBroken = true
        }
        return answer
    }

    func post(_ path: String, _ json: JSONValue, headers: [String: String] = [:]) async throws -> Answer {
        try await send(.POST, path, Array(json.serialized().utf8), headers: headers)
    }

    /// Asks for a message; `scenario` goes into the header.
    func message(_ json: JSONValue = Self.request(), scenario: String? = nil) async throws -> Answer {
        try await post("/v1/messages", json, headers: scenario.map { ["x-simulator-scenario": $0] } ?? [:])
    }

    static func request(
        _ prompt: String = "Hello", model: String = "claude-opus-5-5", stream: Bool = false,
        _ extra: JSONValue = [:]
    ) -> JSONValue {
        let json: JSONValue = [
            "model": .string(model), "max_tokens": 1_000, "stream": .bool(stream),
            "messages": [["role": "user", "content": .string(prompt)]],
        ]
        return json.merging(extra)
    }
}

/// The `data` of every event of a stream, read line by line.
func events(_ text: String) throws -> [JSONValue] {
    try text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("data: ") }
        .map { try JSONValue(parsing: $0.dropFirst(6).utf8) }
}
