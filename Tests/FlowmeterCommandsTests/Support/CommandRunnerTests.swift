import ArgumentParser
import Testing

@testable import FlowmeterCommands

@Suite("The command line as a whole")
struct CommandRunnerTests {
    /// Every command with its full name, found by walking the tree, so that none is forgotten.
    static let commands: [[String]] = {
        func walk(_ command: any ParsableCommand.Type, _ path: [String]) -> [[String]] {
            [path]
                + command.configuration.subcommands.flatMap { subcommand in
                    walk(subcommand, path + [subcommand._commandName])
                }
        }
        return walk(Flowmeter.self, [])
    }()

    @Test(arguments: commands)
    func `every command explains itself with an example`(command: [String]) async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run(command + ["--help"])
            #expect(result.status == .success)
            #expect(result.errors.isEmpty)
            #expect(result.output.contains("OVERVIEW: "))
            let name = (["flowmeter"] + command).joined(separator: " ")
            let examples = result.output.split(separator: "EXAMPLES:\n").last.map(String.init) ?? ""
            #expect(examples.contains(name), "no example of '\(name)'")
        }
    }

    @Test func `--version is the one constant`() async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run("--version")
            #expect(result.output == FlowmeterVersion.current + "\n")
            #expect(result.status == .success)
        }
    }

    @Test(arguments: [
        ["--nonsense"], ["usage", "--by", "hour"], ["usage", "--limit", "0"], ["usage", "--json", "--csv"],
        ["usage", "--since", "tomorrow"], ["usage", "--since", "today", "--until", "yesterday"], ["nonsense"],
        ["keys", "create"], ["events", "list", "--quality", "good"], ["usage", "--quiet", "--verbose"],
    ])
    func `a wrong command line ends with 64 and says what is right`(arguments: [String]) async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run(arguments)
            #expect(result.status == .usage)
            #expect(result.output.isEmpty)
            #expect(result.errors.hasPrefix("error: "))
            #expect(result.errors.contains("fix: ") || result.errors.contains("help: "), "\(result.errors)")
        }
    }

    @Test func `a negative number that was taken for an option is named, with what to write`() async throws {
        try await CommandHarness.with { harness in
            let taken = await harness.run("ledger", "deposit", "alice", "-5")
            #expect(taken.status == .usage)
            #expect(taken.errors.contains("note: '-5' was taken for an option; write '--' before a negative number."))
            let given = await harness.run("ledger", "deposit", "alice", "--", "-5")
            #expect(given.errors.contains("the amount must be more than zero"))
            #expect(!given.errors.contains("note: "))
        }
    }

    @Test(arguments: [["simulate"], ["healthcheck"], ["flow", "send"], ["flow", "events"]])
    func `a command without a store has no options for one`(command: [String]) async throws {
        try await CommandHarness.with { harness in
            let help = await harness.run(command + ["--help"])
            #expect(help.output.contains("--verbose"))
            #expect(!help.output.contains("--database") && !help.output.contains("--neo4j"))
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `there is a completion script for every common shell`(shell: String) async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run("completion", shell)
            #expect(result.status == .success)
            #expect(result.output.contains("flowmeter"))
            #expect(result.output.contains("customers"))
        }
    }

    @Test func `a malformed .env file is an error that names the line`() async throws {
        try await CommandHarness.with { harness in
            try harness.write("CLAUDE_API_KEY\n", to: ".env")
            let result = await harness.run("prices", "list")
            #expect(result.status == .usage)
            #expect(result.errors.contains("/.env:1 is not an assignment"))
            #expect(result.errors.contains("fix: write NAME=value"))
        }
    }
}
