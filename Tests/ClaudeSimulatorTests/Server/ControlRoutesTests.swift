import NIOHTTP1
import Testing

@testable import ClaudeSimulator

@Suite("Models, the start-up probe, and control from other processes")
struct ControlRoutesTests {
    @Test("models are listed in pages and found by id")
    func models() async throws {
        try await SimulatorClient.with { _, client in
            let all = try await client.send(.GET, "/v1/models?limit=1000").json
            #expect(all["data"]?.elements?.count == SimulatedModel.all.count)
            #expect(all["first_id"]?.text == SimulatedModel.all.first?.id)
            #expect(try await client.send(.GET, "/v1/models?limit=2").json["has_more"] == true)
            let one = try await client.send(.GET, "/v1/models/claude-opus-5-5").json
            #expect(one["display_name"] == "Claude Opus 5.5")
            #expect(one["line"] == "opus")
        }
    }

    @Test("the probe needs no credential")
    func probe() async throws {
        try await SimulatorClient.with { _, client in
            let answer = try await client.send(.HEAD, "/api/hello", headers: ["x-api-key": ""])
            #expect(answer.status == 200)
        }
    }

    @Test("what was served is told as JSON lines, with bodies apart")
    func served() async throws {
        try await SimulatorClient.with { simulator, client in
            let answer = try await client.message()
            _ = try await client.message(SimulatorClient.request(stream: true), scenario: "truncated")
            _ = try await simulator.waitForServed(2)
            let lines = try await client.send(.GET, "/__simulator/served").text.split(separator: "\n")
                .map { try JSONValue(parsing: $0.utf8) }
            #expect(lines.map { $0["complete"] } == [true, false])
            #expect(lines.map { $0["told"]?["ending"] } == ["complete", "truncated"])
            #expect(lines.first?["usage"]?["output_tokens"] == (try answer.json["usage"]?["output_tokens"]))
            #expect(lines.first?["message_id"] == (try answer.json["id"]))
            #expect(try await client.send(.GET, "/__simulator/served/0/body").body == answer.body)
            let request = Array(SimulatorClient.request().serialized().utf8)
            #expect(try await client.send(.GET, "/__simulator/served/0/request").body == request)
            #expect(lines.first?["request_headers"]?.elements?.contains(["x-api-key", "sk-test"]) == true)
            #expect(try await client.send(.GET, "/__simulator/served/9/body").status == 404)
        }
    }

    @Test("queue, default, gates and reset work from outside")
    func scripting() async throws {
        try await SimulatorClient.with { simulator, client in
            let queued = Array(#"[{"text":"one"},{"preset":"overloaded"}]"#.utf8)
            #expect(try await client.send(.POST, "/__simulator/queue", queued).status == 200)
            let fallback = Array(#"{"text":"two","gates":[{"name":"g","at":"start"}]}"#.utf8)
            #expect(try await client.send(.POST, "/__simulator/default", fallback).status == 200)
            #expect(try await client.message().text.contains(#""text": "one""#))
            #expect(try await client.message().status == 529)
            async let held = client.message()
            #expect(try await client.send(.GET, "/__simulator/gates/g?arrivals=1").text == "1\n")
            _ = try await client.send(.POST, "/__simulator/gates/g/open")
            #expect(try await held.text.contains(#""text": "two""#))
            #expect(try await client.send(.POST, "/__simulator/queue", Array("{\"x\":1}".utf8)).status == 400)
            #expect(try await client.send(.POST, "/__simulator/nothing").status == 404)
            #expect(try await client.send(.GET, "/__simulator/health").status == 200)
            #expect(try await client.send(.POST, "/__simulator/reset").status == 200)
            #expect(simulator.served.isEmpty)
            #expect(try await !client.message().text.contains(#""text": "two""#))
        }
    }

    @Test("a port that is taken is an error, not a silence")
    func portTaken() async throws {
        try await ClaudeSimulator.withServer { simulator in
            await #expect(throws: ClaudeSimulatorError.self) {
                try await ClaudeSimulator.withServer(.init(port: simulator.port)) { _ in }
            }
        }
    }
}
