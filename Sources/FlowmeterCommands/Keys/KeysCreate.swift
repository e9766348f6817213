internal import ArgumentParser
internal import Metering

/// `flowmeter keys create`: a new key.
struct KeysCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a key for a customer, and print its secret once.",
        discussion: """
            Standard output has the secret alone, so that it can be captured; it cannot be shown again.

            EXAMPLES:
              flowmeter keys create alice
              flowmeter keys create alice --name laptop --json
              ANTHROPIC_API_KEY=$(flowmeter keys create alice --quiet) ANTHROPIC_BASE_URL=http://127.0.0.1:8080 claude
            """)

    @Argument(help: "The customer's id.")
    var customer: String

    @Option(help: "A name for people.")
    var name: String = ""

    @Flag(help: "Write JSON, the secret included.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    private struct Document: Encodable {
        var id: String
        var customer: String
        var name: String
        var secret: String
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let customer = try CustomerID(validating: customer)
        let secret = APIKeySecret.generate()
        let key = APIKey(
            id: .generate(), secretHash: secret.hash, customer: customer, name: name, created: context.now())
        try await StoreAccess.withStore(settings: settings, context: context, mode: .write) { store in
            guard try await store.customers().contains(where: { $0.id == customer }) else {
                throw CommandError(
                    "there is no customer '\(customer)'", fix: "run 'flowmeter customers create \(customer)' first")
            }
            try await store.create(key)
        }
        if json {
            try context.output.write(
                try JSONText.document(
                    Document(id: key.id.rawValue, customer: customer.rawValue, name: name, secret: secret.text)))
        } else {
            try context.output.writeLine(secret.text)
        }
        try global.note(
            "note: created \(key.id) for customer \(customer); its secret is not stored and cannot be shown again",
            context: context)
    }
}
