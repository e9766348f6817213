import FoundationEssentials
import Metering
import Testing

@testable import FlowmeterCommands

@Suite("flowmeter customers and keys")
struct KeysCommandTests {
    private struct Key: Decodable {
        var id: String
        var customer: String
        var secret: String?
        var revoked: String?
    }

    private struct Customer: Decodable, Equatable {
        var id: String
        var name: String
        var dailyLimitUsd: String?
        var monthlyLimitUsd: String?
    }

    @Test func `a key is created, listed and revoked`() async throws {
        try await CommandHarness.with { harness in
            #expect(await harness.run("customers", "create", "alice").status == .success)
            let created = try await harness.run("keys", "create", "alice", "--name", "laptop", "--json")
                .json(Key.self)
            #expect(created.id.hasPrefix("key_"))
            let listed = try await harness.run("keys", "list", "--json").json([Key].self)
            #expect(listed.map(\.id) == [created.id])
            #expect(await harness.run("keys", "revoke", created.id).status == .success)
            #expect(await harness.run("keys", "revoke", created.id).status == .success)
            #expect(try await harness.run("keys", "list", "--json").json([Key].self).isEmpty)
            let all = try await harness.run("keys", "list", "--all", "--json").json([Key].self)
            #expect(all.map(\.revoked) == ["2026-11-23T20:00:00.000Z"])
        }
    }

    @Test func `an update that names nothing is refused, with what it could name`() async throws {
        try await CommandHarness.with { harness in
            _ = await harness.run("customers", "create", "alice")
            let result = await harness.run("customers", "update", "alice")
            #expect(result.status == .usage)
            #expect(result.errors.contains("fix: name --name, --daily-limit"))
        }
    }

    @Test func `a secret is printed once, alone, and is nowhere else`() async throws {
        try await CommandHarness.with { harness in
            _ = await harness.run("customers", "create", "alice")
            let created = await harness.run("keys", "create", "alice", "-vv")
            let secret = String(created.output.dropLast())
            #expect(secret.hasPrefix(APIKeySecret.prefix))
            #expect(!secret.contains("\n"))
            #expect(!created.errors.contains(secret))
            for command in [
                ["keys", "list", "--all"], ["keys", "list", "--json"], ["customers", "list"], ["doctor"],
            ] {
                let result = await harness.run(command)
                #expect(!(result.output + result.errors).contains(secret))
            }
            let directory = harness.directory + "/.local/share/flowmeter"
            for file in try FileManager.default.contentsOfDirectory(atPath: directory) {
                let bytes = FileManager.default.contents(atPath: directory + "/" + file) ?? Data()
                #expect(bytes.firstRange(of: Data(secret.utf8)) == nil, "\(file)")
            }
            let revoked = await harness.run("keys", "revoke", secret)
            #expect(revoked.status == .usage)
            #expect(!revoked.errors.contains(secret))
        }
    }

    @Test func `the upstream's key is in no output of any command`() async throws {
        try await CommandHarness.with { harness in
            harness.environment["CLAUDE_API_KEY"] = "sk-ant-topsecret"
            harness.environment["FLOWMETER_UPSTREAM"] = "http://127.0.0.1:1"
            for command in [["doctor"], ["doctor", "--json"], ["serve", "--port", "nonsense"], ["usage", "-vv"]] {
                let result = await harness.run(command)
                #expect(!(result.output + result.errors).contains("topsecret"), "\(command)")
            }
            try harness.write("CLAUDE_API_KEY=\"sk-ant-topsecret", to: ".env")
            #expect(!(await harness.run("doctor").output).contains("topsecret"))
        }
    }

    @Test func `customers are created, updated and listed`() async throws {
        try await CommandHarness.with { harness in
            let created = await harness.run(
                "customers", "create", "bob", "--name", "Bob & Co", "--daily-limit", "12.50", "--json")
            let bob = try created.json(Customer.self)
            #expect(bob == Customer(id: "bob", name: "Bob & Co", dailyLimitUsd: "12.5"))
            let again = await harness.run(
                "customers", "create", "bob", "--name", "Bob & Co", "--daily-limit", "12.5")
            #expect(again.status == .success)
            let other = await harness.run("customers", "create", "bob", "--daily-limit", "13")
            #expect(other.status == .failed)
            #expect(other.errors.contains("flowmeter customers update bob"))
            let updated = await harness.run(
                "customers", "update", "bob", "--daily-limit", "none", "--monthly-limit", "500", "--json")
            let changed = try updated.json(Customer.self)
            #expect(
                changed == Customer(id: "bob", name: "Bob & Co", monthlyLimitUsd: "500"))
            #expect(await harness.run("customers", "list").output.contains("Bob & Co"))
        }
    }

    @Test(arguments: [
        (["customers", "create", "a b"], CommandStatus.usage), (["customers", "create", ""], .usage),
        (["customers", "create", "a", "--daily-limit", "-1"], .usage),
        (["customers", "create", "a", "--daily-limit", "1e3"], .usage),
        (["customers", "create", "a", "--monthly-limit", "0.0000000000001"], .usage),
        (["customers", "update", "nobody", "--name", "x"], .failed), (["keys", "create", "nobody"], .failed),
        (["keys", "revoke", "key_nothing"], .failed),
    ])
    func `bad input gets an error that names the fix`(arguments: [String], status: CommandStatus) async throws {
        try await CommandHarness.with { harness in
            _ = await harness.run("customers", "create", "somebody")
            // An option's value may begin with a minus only when it is joined to it.
            let result = await harness.run(
                arguments.count == 5 ? Array(arguments.prefix(3)) + [arguments[3] + "=" + arguments[4]] : arguments)
            #expect(result.status == status, "\(result.errors)")
            #expect(result.errors.hasPrefix("error: "))
            #expect(result.output.isEmpty)
        }
    }
}
