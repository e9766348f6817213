internal import ArgumentParser
internal import Metering

/// `flowmeter customers create`: a new customer.
struct CustomersCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a customer.",
        discussion: """
            Limits are hard: a call that could pass one is refused with 429, whatever the concurrency.

            EXAMPLES:
              flowmeter customers create alice
              flowmeter customers create bob --name "Bob GmbH" --daily-limit 25 --monthly-limit 500
              flowmeter customers create carol --lifetime-limit 100 --json
            """)

    @Argument(help: "The id: 1-64 letters, digits, and the characters _ . @ -")
    var id: String

    @Option(help: "A name for people. Default: the id.")
    var name: String?

    @OptionGroup(title: "Limits") var limits: LimitOptions

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let customer = Customer(
            id: try CustomerID(validating: id), name: name ?? id, limits: try limits.applied(to: SpendLimits()),
            created: context.now())
        let stored = try await StoreAccess.withStore(settings: settings, context: context, mode: .write) { store in
            if let existing = try await store.customers().first(where: { $0.id == customer.id }) {
                // Creating it again with the same values is what a script that runs twice does.
                guard existing.name == customer.name, existing.limits == customer.limits else {
                    throw CommandError(
                        "customer '\(customer.id)' exists, with other values",
                        fix: "change it with 'flowmeter customers update \(customer.id)'")
                }
                return existing
            }
            try await store.create(customer)
            return customer
        }
        try context.output.write(
            json ? try JSONText.document(CustomerDocument(stored)) : "created customer \(stored.id)\n")
        try global.note("note: give it a key with 'flowmeter keys create \(stored.id)'", context: context)
    }
}
