import FoundationEssentials
import Testing

@testable import FlowmeterCommands

@Suite("flowmeter serve")
struct ServeCommandTests {
    @Test func `without a key it does not start, and says where to put one`() async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run("serve")
            #expect(result.status == .usage)
            #expect(result.errors.contains("error: CLAUDE_API_KEY is not set"))
            #expect(result.errors.contains("fix: put CLAUDE_API_KEY="))
        }
    }

    @Test func `other machines are not served without keys`() async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run("serve", "--host", "0.0.0.0", "--upstream", "http://127.0.0.1:1")
            #expect(result.status == .usage)
            #expect(result.errors.contains("fix: run 'flowmeter customers create NAME'"))
        }
    }

    @Test(arguments: [
        ["--upstream", "ftp://example.com"], ["--upstream", "http://user:secret@example.com"], ["--port", "65536"],
        ["--threads", "0"],
    ])
    func `a setting that makes no sense is refused before anything starts`(arguments: [String]) async throws {
        try await CommandHarness.with { harness in
            harness.environment["CLAUDE_API_KEY"] = "sk-ant-topsecret"
            let result = await harness.run(["serve"] + arguments)
            #expect(result.status == .usage)
            #expect(result.errors.contains("fix: "))
            #expect(!result.errors.contains("secret"))
        }
    }

    @Test func `a database that cannot be opened is named with its fix`() async throws {
        try await CommandHarness.with { harness in
            let path = try harness.write("this is a text, and no database at all", to: "notes.txt")
            let result = await harness.run("serve", "--database", path, "--upstream", "http://127.0.0.1:1")
            #expect(result.status == .failed)
            #expect(result.errors.contains(path))
            #expect(result.errors.contains("fix: "))
            let text = try harness.read("notes.txt")
            #expect(text == "this is a text, and no database at all")
        }
    }

    @Test func `a key that cannot sign is told at the start, with its fix`() async throws {
        try await CommandHarness.with { harness in
            let database = try harness.write("this is no database, so that serve ends", to: "notes.txt")
            let key = try harness.write("{}", to: "operator-key.json")
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
            let result = await harness.run("serve", "--database", database, "--upstream", "http://127.0.0.1:1")
            #expect(result.errors.contains("receipts and epochs cannot be signed"))
            #expect(result.errors.contains("chmod 600"))
        }
    }

    @Test func `a gateway that does not run is named with how to start it`() async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run("healthcheck", "--port", "1")
            #expect(result.status == .failed)
            #expect(result.errors.contains("it cannot be reached\nfix: start it with 'flowmeter serve'"))
        }
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.1.2.3", true), ("::1", true), ("localhost", true), ("0.0.0.0", false),
        ("::", false), ("192.168.1.2", false), ("example.com", false),
    ])
    func `loopback is what only this machine reaches`(host: String, isLoopback: Bool) {
        #expect(ListenAddress(host: host, port: 1).isLoopback == isLoopback)
    }

    @Test func `addresses are written as URLs have them`() {
        #expect(ListenAddress(host: "::1", port: 80).description == "[::1]:80")
        #expect(ListenAddress(host: "0.0.0.0", port: 80).url(path: "/x") == "http://127.0.0.1:80/x")
        #expect(ListenAddress(host: "::", port: 80).url() == "http://[::1]:80")
    }
}
