internal import ArgumentParser
internal import Metering

/// `flowmeter ledger deposit`: money paid in.
struct LedgerDeposit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deposit", abstract: "Pay into a subscription's escrow.",
        discussion: """
            With --reference the same deposit can be sent again without counting twice.

            EXAMPLES:
              flowmeter ledger deposit alice 100
              flowmeter ledger deposit alice 250.50 --reference bank-4711 --json
            """)

    @OptionGroup var options: SubscriptionOptions

    @Argument(help: "The amount in US dollars.")
    var amount: String

    @Option(help: ArgumentHelp("The deposit's own reference. Default: a new one.", valueName: "text"))
    var reference: String?

    func run() async throws {
        let amount = try LedgerAmount.parse(amount, "the amount")
        let reference = LedgerAmount.reference(reference, "deposit")
        try await options.change { change in
            try await change.ledger.deposit(amount, to: change.id, reference: reference, at: change.now)
        }
        try options.global.note(
            "note: reference \(reference) pays in \(amount) USD, once however often it is sent", context: .current)
    }
}

/// `flowmeter ledger credit`: money given back.
struct LedgerCredit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credit", abstract: "Give a customer money back, out of what the provider earned or earns next.",
        discussion: """
            EXAMPLES:
              flowmeter ledger credit alice 0.25 --reason "outage of 2026-11-20" --reference credit-17
            """)

    @OptionGroup var options: SubscriptionOptions

    @Argument(help: "The amount in US dollars.")
    var amount: String

    @Option(help: ArgumentHelp("Why, for the statement.", valueName: "text"))
    var reason: String

    @Option(help: ArgumentHelp("The credit note's own reference. Default: a new one.", valueName: "text"))
    var reference: String?

    func run() async throws {
        let amount = try LedgerAmount.parse(amount, "the amount")
        let reference = LedgerAmount.reference(reference, "credit")
        try await options.change { change in
            try await change.ledger.credit(
                CreditNote(reference: reference, subscription: change.id, amount: amount, reason: reason),
                at: change.now)
        }
        try options.global.note(
            "note: reference \(reference) credits \(amount) USD, once however often it is sent", context: .current)
    }
}

/// `flowmeter ledger withdraw`: money drawn by the provider.
struct LedgerWithdraw: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw", abstract: "Draw what a provider earned: never more than was settled.",
        discussion: """
            EXAMPLES:
              flowmeter ledger withdraw 25
              flowmeter ledger withdraw 25 --provider operator --reference payout-1 --json
            """)

    @Argument(help: "The amount in US dollars.")
    var amount: String

    @Option(help: ArgumentHelp("Who draws.", valueName: "id"))
    var provider = ProviderID.operator.rawValue

    @Option(help: ArgumentHelp("The withdrawal's own reference. Default: a new one.", valueName: "text"))
    var reference: String?

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    private struct Document: Encodable {
        var provider: String
        var amountUSD: String
        var reference: String
        var balanceUSD: String
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let amount = try LedgerAmount.parse(amount, "the amount")
        let reference = LedgerAmount.reference(reference, "withdrawal")
        let id = ProviderID(rawValue: provider)
        let balance = try await LedgerAccess.withLedger(settings: settings, context: context, mode: .write) { ledger in
            try await ledger.withdraw(amount, by: id, reference: reference, at: context.now())
            return try await ledger.balance(of: .earnings(id))
        }
        if json {
            try context.output.write(
                try JSONText.snakeCase(
                    Document(
                        provider: provider, amountUSD: amount.description, reference: reference.rawValue,
                        balanceUSD: balance.description)))
        } else {
            try context.output.writeLine(
                "\(provider) drew \(amount) USD (reference \(reference)); \(balance) USD are left")
        }
    }
}
