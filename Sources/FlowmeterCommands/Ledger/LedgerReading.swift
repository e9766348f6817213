internal import ArgumentParser
internal import Metering

/// `flowmeter ledger list`: subscriptions.
struct LedgerList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List subscriptions.",
        discussion: """
            EXAMPLES:
              flowmeter ledger list
              flowmeter ledger list --customer alice --json
            """)

    @Option(help: ArgumentHelp("Only this customer's.", valueName: "id"))
    var customer: String?

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let all = try await LedgerAccess.withLedger(settings: settings, context: context, mode: .read) {
            try await $0.allSubscriptions()
        }
        try SubscriptionTable.show(
            all.filter { customer == nil || $0.terms.customer.rawValue == customer }, json: json, context: context)
    }
}

/// `flowmeter ledger accounts`: balances.
struct LedgerAccounts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accounts", abstract: "Show what every account holds; all of them add up to zero.",
        discussion: """
            'world' is all that is outside the ledger: it is negative by what was paid in and not paid out.

            EXAMPLES:
              flowmeter ledger accounts
              flowmeter ledger accounts --json | jq '.accounts[] | select(.account == "earnings:operator")'
            """)

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    private struct Document: Encodable {
        struct Account: Encodable {
            var account: String
            var balanceUSD: String
        }
        var accounts: [Account]
        var sumUSD: String
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let balances = try await LedgerAccess.withLedger(settings: settings, context: context, mode: .read) {
            try await $0.balances()
        }
        let accounts = balances.map { (name: $0.key.description, balance: $0.value) }.sorted { $0.name < $1.name }
        let sum = balances.values.reduce(.zero, +)
        if json {
            try context.output.write(
                try JSONText.snakeCase(
                    Document(
                        accounts: accounts.map {
                            Document.Account(account: $0.name, balanceUSD: $0.balance.description)
                        },
                        sumUSD: sum.description)))
        } else {
            let table = Table(
                columns: [Table.Column("ACCOUNT", .text), Table.Column("BALANCE USD", .money)],
                rows: accounts.map { [$0.name, $0.balance.description] }, total: ["sum", sum.description])
            try context.output.write(table.rendered(width: context.output.columns, style: context.style))
        }
        if sum != .zero { throw ExitRequest(status: .attention) }
    }
}
