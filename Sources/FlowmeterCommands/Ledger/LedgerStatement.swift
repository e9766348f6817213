internal import ArgumentParser
internal import Metering
internal import Oracle

/// `flowmeter ledger statement`: what happened to an escrow.
struct LedgerStatement: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statement", abstract: "Show what happened to a subscription's escrow.",
        discussion: """
            Every settlement names the root hash over the receipts that it is for.

            EXAMPLES:
              flowmeter ledger statement alice
              flowmeter ledger statement alice --month 2026-11 --html --output statement.html
              flowmeter ledger statement alice --json
            """)

    @Argument(help: "The subscription's id, or the customer whose open subscription is meant.")
    var subscription: String

    @Option(help: ArgumentHelp("Only this UTC month. Default: everything.", valueName: "yyyy-mm"))
    var month: String?

    @OptionGroup(title: "Format") var format: BillingOutput
    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let month = try month.map { text throws(MeteringError) in try Month(text: text) }
        var statement = try await LedgerAccess.withLedger(settings: settings, context: context, mode: .read) { ledger in
            let found = try await ledger.subscription(named: subscription)
            let end = Timestamp(milliseconds: max(context.now().milliseconds, found.created.milliseconds) + 1)
            return Statement(
                of: found, journal: try await ledger.entries(of: found.id),
                from: month?.firstDay.start ?? found.created, until: month?.next.firstDay.start ?? end)
        }
        try await addListPrices(to: &statement, settings, context)
        try format.write(statement.document, json: StatementDocument(statement: statement), context: context)
    }
}

extension LedgerStatement {
    /// Adds what the oracle's commitments say about list prices, when they are at hand.
    private func addListPrices(
        to statement: inout Statement, _ settings: Settings, _ context: CommandContext
    ) async throws {
        let path = try DataLocation(settings: settings, context: context).oracle
        let (customer, lines) = (statement.subscription.terms.customer, statement.lines)
        let prices = try await OracleParts.withStore(path, context: context) { store in
            let archive = CommitmentArchive(store)
            var prices: [PicoUSD?] = []
            for line in lines {
                guard case .settlement(let epoch, let item, _) = line.entry.kind,
                    let entry = try await archive.entry(of: customer, notAfter: epoch),
                    entry.cumulativeDue == item.cumulativeCharge
                else {
                    prices.append(nil)
                    continue
                }
                prices.append(entry.cumulativeCharge)
            }
            return prices
        }
        for (index, price) in zip(lines.indices, prices) { statement.lines[index].list = price }
    }
}

/// The JSON form of a statement.
struct StatementDocument: Encodable, Sendable {
    private struct Line: Encodable {
        var entry: Int64
        var time: String
        var kind: String
        var text: String
        var amountUSD: String
        var balanceUSD: String
        var epoch: Int64?
        var customerRoot: String?
        var cumulativeUSD: String?
        var cumulativeListUSD: String?
        var cumulativePlanUSD: String?
        var unsettledUSD: String?
        var limits: [String]?
        var reference: String?
        var reason: String?
        var evidence: String?

        init(_ line: Statement.Line) {
            entry = line.entry.number
            time = line.entry.time.description
            text = line.entry.text
            amountUSD = line.amount.description
            balanceUSD = line.balance.description
            (cumulativeListUSD, cumulativePlanUSD) = (line.list?.description, line.plan?.description)
            switch line.entry.kind {
            case .deposit(let reference): (kind, self.reference) = ("deposit", reference.rawValue)
            case .withdrawal(let reference): (kind, self.reference) = ("withdrawal", reference.rawValue)
            case .refund: kind = "refund"
            case .creditPaid: kind = "credit_paid"
            case .credit(let note):
                (kind, reference, reason) = ("credit", note.reference.rawValue, note.reason)
                evidence = note.evidence == .zero ? nil : note.evidence.description
            case .settlement(let number, let item, let outcome):
                kind = "settlement"
                epoch = number.rawValue
                customerRoot = item.customerRoot.description
                cumulativeUSD = item.cumulativeCharge.description
                unsettledUSD = outcome.unsettled.description
                limits = outcome.limits.map(\.rawValue).sorted()
            }
        }
    }

    private let subscription: SubscriptionDocument
    private let from: String
    private let until: String
    private let openingBalanceUSD: String
    private let closingBalanceUSD: String
    private let entries: [Line]

    init(statement: Statement) {
        subscription = SubscriptionDocument(subscription: statement.subscription)
        from = statement.from.description
        until = statement.until.description
        openingBalanceUSD = statement.opening.description
        closingBalanceUSD = statement.closing.description
        entries = statement.lines.map(Line.init)
    }
}
