import FoundationEssentials
import Metering
import Testing

@testable import FlowmeterCommands

@Suite("flowmeter doctor")
struct DoctorCommandTests {
    private struct Document: Decodable {
        struct Check: Decodable {
            var check: String
            var verdict: String
            var detail: String
            var fix: String?
        }
        var healthy: Bool
        var checks: [Check]

        func verdict(_ check: String) -> String? { checks.first { $0.check == check }?.verdict }
    }

    /// Examines with an upstream that refuses at once, and a port that the system chooses.
    private func examine(
        _ prepare: (inout CommandHarness) async throws -> Void = { _ in }
    ) async throws -> (Document, CommandResult) {
        try await CommandHarness.with { harness in
            harness.environment["FLOWMETER_UPSTREAM"] = "http://127.0.0.1:1"
            harness.environment["FLOWMETER_PORT"] = "0"
            try await prepare(&harness)
            let result = await harness.run("doctor", "--json")
            return (try result.json(), result)
        }
    }

    @Test func `every part has a verdict, and what is wrong has a fix`() async throws {
        let (document, result) = try await examine()
        #expect(result.status == .attention)
        #expect(!document.healthy)
        #expect(document.verdict("upstream") == "failed")
        for check in ["settings", "key", "database", "prices", "signing", "plans", "oracle", "flow", "flare", "port"] {
            #expect(document.verdict(check) == "ok", "\(check)")
        }
        #expect(document.checks.allSatisfy { $0.verdict == "ok" || $0.fix != nil })
    }

    @Test func `a key is wanted for an upstream elsewhere`() async throws {
        let (document, _) = try await examine { $0.environment["FLOWMETER_UPSTREAM"] = "http://gateway.invalid" }
        #expect(document.verdict("key") == "failed")
        let (strange, _) = try await examine { $0.environment["CLAUDE_API_KEY"] = "something-else" }
        #expect(strange.verdict("key") == "warning")
        let (broken, _) = try await examine { $0.environment["CLAUDE_API_KEY"] = "sk-ant-two words" }
        #expect(broken.verdict("key") == "failed")
    }

    @Test func `a file that is no database is found`() async throws {
        let (document, _) = try await examine { harness in
            let text = String(repeating: "not a database", count: 100)
            harness.environment["FLOWMETER_DATABASE"] = try harness.write(text, to: "junk.sqlite")
        }
        #expect(document.verdict("database") == "failed")
    }

    @Test func `a clock behind what is on record is found`() async throws {
        let (document, _) = try await examine { harness in
            _ = await harness.run("import", "claude-code", try DemoTranscripts.write(to: harness.directory))
            harness.now = try Timestamp(text: "2026-11-23T12:00:00Z")
        }
        #expect(document.verdict("clock") == "failed")
    }

    @Test func `a price book without the current models is found`() async throws {
        let (document, _) = try await examine { harness in
            try harness.write(
                """
                flowmeter-price-book 1
                id: partial
                effective-from: 2026-11-20T00:00:00.000Z

                claude-opus-5-5/input 1000000

                """, to: "partial.prices")
            #expect(await harness.run("prices", "import", "partial.prices").status == .success)
        }
        #expect(document.verdict("prices") == "failed")
    }

    @Test func `serving other machines without keys is found before it is tried`() async throws {
        let (document, _) = try await examine { harness in
            _ = await harness.run("customers", "create", "alice")
            harness.environment["FLOWMETER_HOST"] = "0.0.0.0"
        }
        #expect(document.verdict("access") == "failed")
    }

    @Test func `every setting that makes no sense is named, with what it should be`() async throws {
        let wrong = [
            "FLOWMETER_PORT": "x", "FLOWMETER_THREADS": "0", "FLOWMETER_ADMIN_TOKEN": "short",
            "FLOWMETER_ORACLE": "maybe",
            "FLOWMETER_EPOCH_SECONDS": "0", "FLOWMETER_SETTLE_MINIMUM": "much", "FLOWMETER_LEASE_SECONDS": "-1",
            "FLOWMETER_LOG_LEVEL": "loud", "FLOW_NETWORK": "moon", "FLOW_CONTRACT_ADDRESS": "0x12",
            "FLARE_ENDPOINT": "https://name:secret@node.invalid",
        ]
        let (document, result) = try await examine { $0.environment.merge(wrong, uniquingKeysWith: { $1 }) }
        let details = document.checks.filter { $0.check == "settings" && $0.verdict == "failed" }
        for name in wrong.keys {
            #expect(details.contains { ($0.detail + ($0.fix ?? "")).contains(name) }, "\(name)")
        }
        #expect(details.allSatisfy { $0.fix != nil })
        #expect(!result.output.contains("secret"))
    }

    @Test func `a key file that others can read, plans that are none, and a ledger that is none are found`()
        async throws
    {
        let (document, _) = try await examine { harness in
            let database = harness.directory + "/f.sqlite"
            harness.environment["FLOWMETER_DATABASE"] = database
            for name in ["operator-key.json", "plans.json", "ledger.sqlite"] {
                try harness.write(String(repeating: "no such thing ", count: 100), to: name)
            }
        }
        #expect(document.verdict("signing") == "failed")
        #expect(document.verdict("plans") == "failed")
        #expect(document.verdict("oracle") == "failed")
        #expect(document.checks.allSatisfy { $0.verdict == "ok" || $0.fix != nil })
    }

    @Test func `what the demo leaves is in order`() async throws {
        let (document, _) = try await examine { harness in
            #expect(await harness.run("demo", "--keep", harness.directory + "/demo").status == .success)
            harness.environment["FLOWMETER_DATABASE"] = harness.directory + "/demo/demo.sqlite"
        }
        for check in ["database", "signing", "oracle"] { #expect(document.verdict(check) == "ok", "\(check)") }
        #expect(document.checks.first { $0.check == "oracle" }?.detail.contains("is the latest") == true)
    }

    @Test func `Flow is looked at when it is configured: node, account, key, balance and contract`() async throws {
        try await FlowCommandTests.with { harness, _ in
            harness.environment["FLOWMETER_UPSTREAM"] = "http://127.0.0.1:1"
            harness.environment["FLOWMETER_PORT"] = "0"
            harness.environment["FLOW_CONTRACT_ADDRESS"] = FlowCommandTests.address
            let document: Document = try await harness.run("doctor", "--json").json()
            for check in ["flow node", "flow key", "flow balance", "flow contract"] {
                #expect(document.verdict(check) == "ok", "\(check)")
            }
            harness.environment["FLOW_CONTRACT_ADDRESS"] = "0xe5a8b7f23e8b548f"
            let wrong: Document = try await harness.run("doctor", "--json").json()
            #expect(wrong.verdict("flow contract") == "failed")
            harness.environment["FLOWMETER_FLOW_ACCESS_NODES"] = "http://127.0.0.1:1"
            let unreachable: Document = try await harness.run("doctor", "--json").json()
            #expect(unreachable.verdict("flow node") == "failed")
        }
    }

    @Test func `a Flare node that does not answer is found, and a key in its address is not shown`() async throws {
        let (document, result) = try await examine {
            $0.environment["FLARE_ENDPOINT"] = "http://127.0.0.1:1/secret-path?x-apikey=secret"
        }
        #expect(document.verdict("flare") == "failed")
        #expect(!result.output.contains("secret"))
    }

    @Test(arguments: [
        (#"{"jsonrpc":"2.0","id":1,"result":"0x72"}"#, 114), (#"{"result":"0xe"}"#, 14), (#"{"result":"14"}"#, nil),
        (#"{"result":14}"#, nil), (#"{"error":{"code":-32601}}"#, nil), ("<html>", nil), ("", nil),
        (#"{"result":"0xffffffffffffffffff"}"#, nil),
    ])
    func `the chain of a Flare node is read`(body: String, id: UInt64?) {
        #expect(FlareCheck.chainID(body) == id)
    }

    @Test(arguments: [
        ("Mon, 23 Nov 2026 20:00:00 GMT", "2026-11-23T20:00:00.000Z"),
        ("Sun, 01 Jan 2027 00:00:59 GMT", "2027-01-01T00:00:59.000Z"), ("Monday", nil), ("", nil),
        ("Mon, 23 Foo 2026 20:00:00 GMT", nil), ("Mon, 31 Feb 2026 20:00:00 GMT", nil),
        ("Mon, 23 Nov 2026 20:00:00 CET", nil),
    ])
    func `times of HTTP are read`(text: String, time: String?) {
        #expect(HTTPDate.timestamp(text)?.description == time)
    }
}
