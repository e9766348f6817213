import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

@testable import ClaudeSimulator

@Suite("Requests that are refused")
struct RefusedRequestTests {
    private static func check(
        _ answer: SimulatorClient.Answer, _ status: Int, _ type: String, _ mentioned: String? = nil
    ) throws {
        #expect(answer.status == status)
        let json = try answer.json
        #expect(json["type"] == "error")
        #expect(json["error"]?["type"]?.text == type)
        #expect(json["request_id"]?.text == answer.headers.first(name: "request-id"))
        if let mentioned { #expect(json["error"]?["message"]?.text?.contains(mentioned) == true) }
    }

    @Test(
        "get the documented error when a field is wrong",
        arguments: [
            (["max_tokens": nil], 400, "max_tokens"), (["max_tokens": -1], 400, "max_tokens"),
            (["max_tokens": "many"], 400, "max_tokens"), (["max_tokens": 1.5], 400, "max_tokens"),
            (["max_tokens": 9_000_000], 400, "128000"), (["model": 5], 400, "model"),
            (["stream": "yes"], 400, "stream"),
            (["model": "claude-nonexistent-9"], 404, "claude-nonexistent-9"), (["messages": []], 400, "messages"),
            (["messages": "hi"], 400, "messages"), (["messages": [["role": "robot", "content": "x"]]], 400, "role"),
            (["messages": [["role": "user", "content": 5]]], 400, "content"),
            (["messages": [["role": "user"]]], 400, "content"), (["messages": [["content": "x"]]], 400, "role"),
            (["messages": [["role": "user", "content": [["text": "x"]]]]], 400, "type"),
            (["cache_control": ["type": "forever"]], 400, "cache_control"),
            (["cache_control": ["type": "ephemeral", "ttl": "2h"]], 400, "ttl"),
            (["tools": [[:]]], 400, "tools.0.name"),
            (["speed": "warp"], 400, "speed"), (["speed": "fast", "model": "claude-haiku-5-5"], 400, "fast"),
            (["inference_geo": "us", "model": "claude-haiku-4-5"], 400, "inference_geo"),
            (["thinking": ["type": "enabled"]], 400, "budget_tokens"),
            (["thinking": ["type": "enabled", "budget_tokens": 5]], 400, "1024"),
            (["thinking": ["type": "enabled", "budget_tokens": 2_000]], 400, "max_tokens"),
        ] as [(JSONValue, Int, String)])
    func fields(patch: JSONValue, status: Int, mentioned: String) async throws {
        try await SimulatorClient.with { simulator, client in
            let type = status == 404 ? "not_found_error" : "invalid_request_error"
            try Self.check(await client.message(SimulatorClient.request().merging(patch)), status, type, mentioned)
            #expect(simulator.servedMessages.isEmpty)
        }
    }

    @Test("get the documented error when the order of cache lifetimes or their number is wrong")
    func breakpoints() async throws {
        func block(_ ttl: String) -> JSONValue {
            ["type": "text", "text": "x", "cache_control": ["type": "ephemeral", "ttl": .string(ttl)]]
        }
        try await SimulatorClient.with { _, client in
            let order = SimulatorClient.request("Hello", ["system": [block("5m"), block("1h")]])
            try Self.check(await client.message(order), 400, "invalid_request_error", "ttl")
            let many = SimulatorClient.request("Hello", ["system": .array((0..<5).map { _ in block("5m") })])
            try Self.check(await client.message(many), 400, "invalid_request_error", "maximum of 4")
        }
    }

    @Test("get 400 when the body is not JSON", arguments: ["", "{", "[]", "\"text\"", "{\"model\":"])
    func notJSON(body: String) async throws {
        try await SimulatorClient.with { _, client in
            try Self.check(await client.send(.POST, "/v1/messages", Array(body.utf8)), 400, "invalid_request_error")
        }
    }

    @Test("get 413 when the body is too large, announced or not")
    func tooLarge() async throws {
        var configuration = ClaudeSimulator.Configuration()
        configuration.maximumBodyBytes = 1_000
        try await SimulatorClient.with(configuration) { _, client in
            let body = [UInt8](repeating: UInt8(ascii: "x"), count: 2_000)
            try Self.check(await client.send(.POST, "/v1/messages", body), 413, "request_too_large")
            var request = HTTPClientRequest(url: client.baseURL + "/v1/messages")
            request.method = .POST
            request.headers = ["x-api-key": "k", "anthropic-version": "2023-06-01"]
            request.body = .bytes(body, length: .unknown)
            #expect(try await client.http.execute(request, deadline: .distantFuture).status.code == 413)
        }
    }

    @Test(
        "get 404 or 405 on wrong paths and methods",
        arguments: [
            (.GET, "/v1/messages", 405), (.DELETE, "/v1/messages", 405), (.GET, "/v1/messages/count_tokens", 405),
            (.PUT, "/v1/messages/batches", 405), (.POST, "/v1/models", 405), (.POST, "/v1/models/claude-opus-5-5", 405),
            (.GET, "/v1/models/none", 404), (.GET, "/", 404), (.GET, "/v2/messages", 404), (.POST, "/v1/complete", 404),
            (.POST, "/v1/messages/batches/x", 405), (.GET, "/v1/messages/batches/x/cancel", 405),
            (.GET, "/v1/messages/batches/x", 404), (.GET, "/v1/messages/batches/x/y", 404),
        ] as [(HTTPMethod, String, Int)])
    func routes(method: HTTPMethod, path: String, status: Int) async throws {
        try await SimulatorClient.with { _, client in
            let type = status == 404 ? "not_found_error" : "invalid_request_error"
            try Self.check(await client.send(method, path), status, type)
        }
    }

    @Test(
        "get 401 without an accepted key",
        arguments: [
            (["x-api-key": ""], 401), (["x-api-key": "wrong"], 401), (["x-api-key": "right"], 200),
            (["x-api-key": "", "authorization": "Bearer right"], 200),
            (["x-api-key": "", "authorization": "bearer  right"], 200),
            (["x-api-key": "", "authorization": "Bearer wrong"], 401),
            (["x-api-key": "", "authorization": "Basic right"], 401),
            (["x-api-key": "right", "authorization": "Bearer right"], 200),
            (["x-api-key": "right", "authorization": "Bearer wrong"], 401),
        ] as [([String: String], Int)])
    func credentials(headers: [String: String], status: Int) async throws {
        try await SimulatorClient.with(.init(apiKeys: ["right"])) { _, client in
            let answer = try await client.post("/v1/messages", SimulatorClient.request(), headers: headers)
            #expect(answer.status == status)
            if status == 401 { try Self.check(answer, 401, "authentication_error") }
        }
    }

    @Test("need a version, and obey it")
    func version() async throws {
        try await SimulatorClient.with { _, client in
            let json = SimulatorClient.request("Hello", ["temperature": 0.5])
            let none = try await client.post("/v1/messages", json, headers: ["anthropic-version": ""])
            try Self.check(none, 400, "invalid_request_error", "anthropic-version")
            #expect(try await client.message(json).status == 200)
            let new = try await client.post("/v1/messages", json, headers: ["anthropic-version": "2026-10-21"])
            try Self.check(new, 400, "invalid_request_error", "temperature")
        }
    }

    @Test("get 400 for an encoding or a scenario that nobody knows")
    func encoding() async throws {
        try await SimulatorClient.with { _, client in
            let json = SimulatorClient.request()
            let zipped = try await client.post("/v1/messages", json, headers: ["content-encoding": "zstd"])
            try Self.check(zipped, 400, "invalid_request_error")
            #expect(try zipped.json["error"]?["details"]?["error_code"] == "request_body_encoding_unsupported")
            try Self.check(await client.message(scenario: "nonsense"), 400, "invalid_request_error", "nonsense")
        }
    }

    @Test(
        "get the failure that the scenario names",
        arguments: [
            (400, "invalid_request_error"), (429, "rate_limit_error"), (500, "api_error"), (529, "overloaded_error"),
        ])
    func failures(status: Int, type: String) async throws {
        try await SimulatorClient.with { simulator, client in
            let scenario = #"{"failure":{"status":\#(status),"retry_after":7},"headers":{"x-should-retry":"false"}}"#
            for stream in [true, false] {
                let answer = try await client.message(SimulatorClient.request(stream: stream), scenario: scenario)
                try Self.check(answer, status, type)
                #expect(answer.headers.first(name: "retry-after") == "7")
                #expect(answer.headers.first(name: "x-should-retry") == "false")
            }
            #expect(
                try await client.send(.GET, "/v1/models", headers: ["x-simulator-scenario": scenario]).status == status)
            #expect(simulator.servedMessages.isEmpty)
            #expect(simulator.served.map(\.status) == [status, status, status])
        }
    }
}
