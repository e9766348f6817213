internal import ArgumentParser

/// `flowmeter customers`: who pays.
struct Customers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create, list and update customers and their spending limits.",
        discussion: """
            EXAMPLES:
              flowmeter customers create alice --name "Alice Ltd" --monthly-limit 500
              flowmeter customers update alice --daily-limit 50
              flowmeter customers list
            """,
        subcommands: [CustomersCreate.self, CustomersList.self, CustomersUpdate.self])
}
