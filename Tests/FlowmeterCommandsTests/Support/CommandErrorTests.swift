import ArgumentParser
import Metering
import Oracle
import Testing

@testable import FlowmeterCommands

@Suite("Errors on the command line")
struct CommandErrorTests {
    /// Those left out are said in full by their message, as `invalidInput`, whose message names the rule.
    @Test(
        "name a command to go on with",
        arguments: [
            (CommandError(MeteringError(.storeUnavailable, "m")), "flowmeter doctor"),
            (CommandError(MeteringError(.storeCorrupt, "m")), "flowmeter doctor"),
            (CommandError(MeteringError(.insufficientFunds, "m")), "flowmeter ledger accounts"),
            (CommandError(MeteringError(.notAllowed, "m")), "flowmeter ledger list"),
            (CommandError(OracleError(.brokenChain, "m")), "flowmeter events verify"),
            (CommandError(OracleError(.conflict, "m")), "flowmeter epochs verify"),
            (CommandError(OracleError(.notFound, "m")), "flowmeter epochs list"),
            (CommandError(OracleError(.storeUnavailable, "m")), "flowmeter oracle step"),
            (CommandError(OracleError(.ledgerFailed, "m")), "flowmeter oracle status"),
        ])
    func fixes(_ error: CommandError, _ command: String) throws {
        #expect(error.message == "m")
        #expect(try #require(error.fix).contains("'\(command)'"))
        var type: any ParsableCommand.Type = Flowmeter.self
        for name in command.split(separator: " ").dropFirst() {
            type = try #require(
                type.configuration.subcommands.first {
                    $0.configuration.commandName ?? "\($0)".lowercased() == name
                }, "there is no '\(command)'")
        }
    }
}
