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
        for check in ["settings", "key", "database", "prices", "port"] {
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
