internal import ArgumentParser
internal import Metering

/// `flowmeter keys list`: keys, never their secrets.
struct KeysList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List keys.",
        discussion: """
            EXAMPLES:
              flowmeter keys list
              flowmeter keys list --customer alice --all
              flowmeter keys list --json | jq -r '.[].id'
            """)

    @Option(help: ArgumentHelp("Only this customer's.", valueName: "id"))
    var customer: String?

    @Flag(help: "Revoked ones too.")
    var all = false

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let keys = try await StoreAccess.withStore(settings: settings, context: context, mode: .read) {
            try await $0.keys()
        }
        let documents = keys.filter { customer == nil || $0.customer.rawValue == customer }
            .filter { all || $0.revoked == nil }
            .map(KeyDocument.init)
        if json {
            try context.output.write(try JSONText.document(documents))
        } else if documents.isEmpty {
            try context.output.writeLine("no keys")
        } else {
            let table = Table(
                columns: [
                    Table.Column("KEY", .text), Table.Column("CUSTOMER", .text, minimumWidth: 8),
                    Table.Column("NAME", .text, minimumWidth: 6), Table.Column("CREATED", .text),
                ] + (all ? [Table.Column("REVOKED", .text)] : []),
                rows: documents.map {
                    [$0.id, $0.customer, $0.name, $0.created] + (all ? [$0.revoked ?? "-"] : [])
                })
            try context.output.write(table.rendered(width: context.output.columns, style: context.style))
        }
    }
}
