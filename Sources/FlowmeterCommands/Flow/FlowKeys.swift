internal import ArgumentParser
internal import Flow

/// `flowmeter flow keys`: key pairs, and the keys of accounts.
struct FlowKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make key pairs; list, add and revoke the keys of accounts.",
        discussion: """
            EXAMPLES:
              flowmeter flow keys generate
              flowmeter flow keys list 0xf8d6e0586b0a20c7
              flowmeter flow keys add --count 50
            """,
        subcommands: [FlowKeysGenerate.self, FlowKeysList.self, FlowKeysAdd.self, FlowKeysRevoke.self])
}
