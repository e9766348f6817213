internal import ArgumentParser
internal import Metering
internal import Oracle

/// `flowmeter ledger statement`: what happened to an escrow.
struct LedgerStatement: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statement", abstract: "Show what happened to a subscription's escrow.",
        discussion: """
            Every settlement names the receipts that it is for, and the root hash over those of its epoch.

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
        let (found, journal) = try await LedgerAccess.withLedger(settings: settings, context: context, mode: .read) {
            let found = try await $0.subscription(named: subscription)
            return (found, try await $0.entries(of: found.id))
        }
        // Everything is everything: an entry too that a clock which was ahead has dated after now.
        let last = ([context.now(), found.created] + journal.map(\.time)).map(\.milliseconds).max() ?? 0
        var statement = Statement(
            of: found, journal: journal, from: month?.firstDay.start ?? found.created,
            until: month?.next.firstDay.start ?? Timestamp(milliseconds: last + 1))
        try await addCommitments(to: &statement, journal, settings, context)
        try format.write(statement.document, json: StatementDocument(statement: statement), context: context)
    }
}

extension LedgerStatement {
    /// Adds what the oracle's commitments say about receipts and list prices, when they are at hand.
    private func addCommitments(
        to statement: inout Statement, _ journal: [JournalEntry], _ settings: Settings, _ context: CommandContext
    ) async throws {
        let path = try DataLocation(settings: settings, context: context).oracle
        let subscription = statement.subscription
        let settled = try await OracleParts.withStore(path, context: context) { store in
            let archive = CommitmentArchive(store)
            var settled: [Int64: CustomerEpoch] = [:]
            for entry in journal {
                guard case .settlement(let epoch, let item, _) = entry.kind else { continue }
                let committed = try await archive.entry(of: subscription.terms.customer, notAfter: epoch)
                if let committed, committed.cumulativeDue == item.cumulativeCharge { settled[entry.number] = committed }
            }
            return settled
        }
        // Before a subscription's first settlement there are no receipts, unless there was a subscription before it.
        var next: Int64? = subscription.opening == .zero ? 1 : nil
        var receipts: [Int64: ClosedRange<Int64>] = [:]
        for entry in journal where entry.isSettlement {
            let last = settled[entry.number]?.lastSequence
            if let next, let last, next <= last { receipts[entry.number] = next...last }
            next = last.map { $0 + 1 }
        }
        for index in statement.lines.indices {
            let number = statement.lines[index].entry.number
            statement.lines[index].list = settled[number]?.cumulativeCharge
            statement.lines[index].receipts = receipts[number]
        }
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
        var firstReceipt: Int64?
        var lastReceipt: Int64?
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
            (firstReceipt, lastReceipt) = (line.receipts?.lowerBound, line.receipts?.upperBound)
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
