import Claude
import NIOHTTP1
import Testing

@testable import ClaudeSimulator

@Suite("Message batches")
struct BatchRoutesTests {
    private static let path = "/v1/messages/batches"

    private static func batch(_ prompts: [String]) -> JSONValue {
        [
            "requests": .array(
                prompts.enumerated().map { index, prompt in
                    ["custom_id": .string("item-\(index)"), "params": SimulatorClient.request(prompt)]
                })
        ]
    }

    private static func created(_ client: SimulatorClient, _ prompts: [String], polls: Int = 1) async throws
        -> JSONValue
    {
        try await client.post(
            path, batch(prompts), headers: ["x-simulator-scenario": #"{"batch_polls":\#(polls)}"#]
        ).json
    }

    @Test("end after the scripted number of polls, with results at an absolute address")
    func lifecycle() async throws {
        try await SimulatorClient.with { simulator, client in
            let prompts = [
                "one", "two [[simulate:server_error]]", #"[[simulate:{"batch_outcome":"expired"}]]"#,
                #"[[simulate:{"batch_outcome":"canceled"}]]"#,
            ]
            let batch = try await Self.created(client, prompts, polls: 2)
            let id = try #require(batch["id"]?.text)
            #expect(id.hasPrefix("msgbatch_01"))
            #expect(batch["processing_status"] == "in_progress")
            #expect(batch["request_counts"]?["processing"] == 4)
            #expect(batch["results_url"] == .some(.null))
            #expect(try await client.send(.GET, "\(Self.path)/\(id)/results").status == 404)
            #expect(try await client.send(.GET, "\(Self.path)/\(id)").json["processing_status"] == "in_progress")
            #expect(simulator.servedMessages.isEmpty)
            let ended = try await client.send(.GET, "\(Self.path)/\(id)").json
            #expect(ended["processing_status"] == "ended")
            #expect(
                ended["request_counts"]
                    == ["processing": 0, "succeeded": 1, "errored": 1, "canceled": 1, "expired": 1])
            #expect(ended["results_url"]?.text == "\(client.baseURL)\(Self.path)/\(id)/results")

            let results = try await client.send(.GET, "\(Self.path)/\(id)/results")
            #expect(results.headers.first(name: "content-type") == "application/x-jsonl")
            let lines = try results.text.split(separator: "\n").map { try JSONValue(parsing: $0.utf8) }
            let types = Dictionary(
                uniqueKeysWithValues: lines.map { ($0["custom_id"]?.text, $0["result"]?["type"]?.text) })
            #expect(types == ["item-0": "succeeded", "item-1": "errored", "item-2": "expired", "item-3": "canceled"])
            let message = lines.compactMap { $0["result"]?["message"] }.first ?? [:]
            #expect(message["usage"]?["service_tier"] == "batch")
            let served = simulator.servedMessages
            #expect(served.count == 1)
            #expect(served.first?.kind == .batchResult)
            #expect(served.first?.batchID == id)
            #expect(served.first?.customID == "item-0")
            #expect(served.first?.messageID == message["id"]?.text)
            #expect(served.first?.usage?.serviceTier == "batch")
        }
    }

    @Test("may have ended when they are created")
    func atOnce() async throws {
        try await SimulatorClient.with { simulator, client in
            let batch = try await Self.created(client, ["a", "b"], polls: 0)
            #expect(batch["processing_status"] == "ended")
            #expect(simulator.servedMessages.count == 2)
            #expect(Set(simulator.servedMessages.map(\.messageID)).count == 2)
        }
    }

    @Test("can be cancelled, which bills what had been processed")
    func cancel() async throws {
        try await SimulatorClient.with { simulator, client in
            let id = try #require(try await Self.created(client, ["a", "b", "c", "d"], polls: 9)["id"]?.text)
            #expect(try await client.send(.POST, "\(Self.path)/\(id)/cancel").json["processing_status"] == "canceling")
            let ended = try await client.send(.GET, "\(Self.path)/\(id)").json
            #expect(ended["processing_status"] == "ended")
            #expect(ended["cancel_initiated_at"]?.text != nil)
            #expect(ended["request_counts"]?["succeeded"] == 2)
            #expect(ended["request_counts"]?["canceled"] == 2)
            #expect(simulator.servedMessages.count == 2)
            #expect(try await client.send(.POST, "\(Self.path)/\(id)/cancel").status == 400)
        }
    }

    @Test("are listed newest first in pages, and can be deleted when they have ended")
    func listAndDelete() async throws {
        try await SimulatorClient.with { _, client in
            var ids: [String] = []
            for prompt in ["a", "b", "c"] {
                ids.insert(try #require(try await Self.created(client, [prompt])["id"]?.text), at: 0)
            }
            let first = try await client.send(.GET, "\(Self.path)?limit=2").json
            #expect(first["data"]?.elements?.compactMap { $0["id"]?.text } == Array(ids.prefix(2)))
            #expect(first["has_more"] == true)
            let second = try await client.send(.GET, "\(Self.path)?limit=2&after_id=\(ids[1])").json
            #expect(second["data"]?.elements?.compactMap { $0["id"]?.text } == [ids[2]])
            #expect(second["has_more"] == false)
            let before = try await client.send(.GET, "\(Self.path)?limit=1&before_id=\(ids[2])").json
            #expect(before["data"]?.elements?.compactMap { $0["id"]?.text } == [ids[1]])
            #expect(try await client.send(.GET, "\(Self.path)?limit=0").status == 400)

            #expect(try await client.send(.DELETE, "\(Self.path)/\(ids[0])").status == 400)
            _ = try await client.send(.GET, "\(Self.path)/\(ids[0])")
            let deleted = try await client.send(.DELETE, "\(Self.path)/\(ids[0])").json
            #expect(deleted == ["id": .string(ids[0]), "type": "message_batch_deleted"])
            #expect(try await client.send(.GET, "\(Self.path)/\(ids[0])").status == 404)
        }
    }

    @Test(
        "are refused when they are malformed",
        arguments: [
            [:], ["requests": []], ["requests": [["custom_id": "a b", "params": [:]]]], ["requests": [["params": [:]]]],
            ["requests": [["custom_id": "a", "params": [:]], ["custom_id": "a", "params": [:]]]],
        ] as [JSONValue])
    func malformed(json: JSONValue) async throws {
        try await SimulatorClient.with { _, client in
            let answer = try await client.post(Self.path, json)
            #expect(answer.status == 400)
            #expect(try answer.json["error"]?["type"] == "invalid_request_error")
        }
    }

    @Test("take requests with wrong parameters, whose results are errors")
    func wrongParameters() async throws {
        try await SimulatorClient.with { simulator, client in
            let json: JSONValue = ["requests": [["custom_id": "a", "params": ["model": "nope"]]]]
            let id = try #require(try await client.post(Self.path, json).json["id"]?.text)
            _ = try await client.send(.GET, "\(Self.path)/\(id)")
            let result = try await client.send(.GET, "\(Self.path)/\(id)/results").json["result"]
            #expect(result?["error"]?["error"]?["type"] == "not_found_error")
            #expect(simulator.servedMessages.isEmpty)
        }
    }
}
