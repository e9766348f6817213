internal import ArgumentParser
internal import Metering

/// `flowmeter customers list`: all customers.
struct CustomersList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the customers.",
        discussion: """
            EXAMPLES:
              flowmeter customers list
              flowmeter customers list --json | jq -r '.[].id'
            """)

    @OptionGroup(title: "Output") var format: FormatOptions

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let customers = try await StoreAccess.withStore(settings: settings, context: context, mode: .read) {
            try await $0.customers()
        }
        let documents = customers.map(CustomerDocument.init)
        if format.json {
            try context.output.write(try JSONText.document(documents))
        } else if format.csv {
            try context.output.write(
                CSVText.rendered(
                    header: ["id", "name", "created", "daily_limit_usd", "monthly_limit_usd", "lifetime_limit_usd"],
                    rows: documents.map {
                        [
                            $0.id, $0.name, $0.created, $0.dailyLimit ?? "", $0.monthlyLimit ?? "",
                            $0.lifetimeLimit ?? "",
                        ]
                    }))
        } else if documents.isEmpty {
            try context.output.writeLine("no customers")
        } else {
            let table = Table(
                columns: [
                    Table.Column("CUSTOMER", .text, minimumWidth: 8), Table.Column("NAME", .text, minimumWidth: 8),
                    Table.Column("PER DAY", .money), Table.Column("PER MONTH", .money),
                    Table.Column("LIFETIME", .money), Table.Column("CREATED", .text),
                ],
                rows: documents.map {
                    [
                        $0.id, $0.name, $0.dailyLimit ?? "-", $0.monthlyLimit ?? "-", $0.lifetimeLimit ?? "-",
                        $0.created,
                    ]
                })
            try context.output.write(table.rendered(width: context.output.columns, style: context.style))
        }
    }
}
