internal import ArgumentParser

/// `flowmeter keys`: customers' keys for the gateway.
struct Keys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create, list and revoke customers' API keys.",
        discussion: """
            A key's secret is printed once, when it is created; only its hash is stored. Clients send it as they send \
            an Anthropic key. A running gateway follows within seconds.

            EXAMPLES:
              flowmeter keys create alice
              flowmeter keys list --customer alice
              flowmeter keys revoke key_2f1c9a04d6be
            """,
        subcommands: [KeysCreate.self, KeysList.self, KeysRevoke.self])
}
