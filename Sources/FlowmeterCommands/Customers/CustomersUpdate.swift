internal import ArgumentParser
internal import Metering

/// `flowmeter customers update`: another name or other limits.
struct CustomersUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change a customer's name or limits.",
        discussion: """
            What is not named stays as it is. A running gateway follows within seconds.

            EXAMPLES:
              flowmeter customers update alice --monthly-limit 750
              flowmeter customers update alice --daily-limit none --name "Alice & Co"
            """)

    @Argument(help: "The customer's id.")
    var id: String

    @Option(help: "A name for people.")
    var name: String?

    @OptionGroup(title: "Limits") var limits: LimitOptions

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        guard name != nil || !limits.isEmpty else {
            throw CommandError(
                "nothing to change is named",
                fix: "name --name, --daily-limit, --monthly-limit or --lifetime-limit", status: .usage)
        }
        let settings = try global.settings(context: context)
        let stored = try await StoreAccess.withStore(settings: settings, context: context, mode: .write) { store in
            guard var customer = try await store.customers().first(where: { $0.id.rawValue == id }) else {
                throw CommandError("there is no customer '\(id)'", fix: "see 'flowmeter customers list'")
            }
            customer.name = name ?? customer.name
            customer.limits = try limits.applied(to: customer.limits)
            try await store.update(customer)
            return customer
        }
        try context.output.write(
            json ? try JSONText.document(CustomerDocument(stored)) : "updated customer \(stored.id)\n")
    }
}
