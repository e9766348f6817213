internal import ArgumentParser

/// `flowmeter events`: the single events behind the sums.
struct Events: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List stored events, and verify their chain.",
        discussion: """
            EXAMPLES:
              flowmeter events list --last 20
              flowmeter events verify
            """,
        subcommands: [EventsList.self, EventsVerify.self])
}
