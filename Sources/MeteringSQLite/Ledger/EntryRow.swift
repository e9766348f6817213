internal import FoundationEssentials
internal import GRDB
internal import Metering

/// How a journal entry is kept in its table.
enum EntryRow {
    /// Selects entries with the names of their accounts.
    static let select = """
        SELECT entry.*, s.kind AS sourceKind, s.name AS sourceName, t.kind AS targetKind, t.name AS targetName
        FROM entry LEFT JOIN account AS s ON s.number = source LEFT JOIN account AS t ON t.number = target
        """

    /// Reads what ``select`` selected.
    static func entry(_ row: Row) throws -> JournalEntry {
        let subscription = (row["subscription"] as String?).map(SubscriptionID.init(rawValue:))
        let amount = PicoUSD(whole: row["whole"], part: row["part"])
        var movement: Movement?
        if let sourceKind = row["sourceKind"] as String? {
            movement = Movement(
                from: LedgerAccount(kind: sourceKind, name: row["sourceName"]),
                to: LedgerAccount(kind: row["targetKind"], name: row["targetName"]), amount)
        }
        return JournalEntry(
            number: row["number"], time: Timestamp(milliseconds: row["time"]),
            kind: try kind(row, subscription: subscription, moved: amount), subscription: subscription,
            postings: movement?.postings ?? [])
    }

    private static func kind(
        _ row: Row, subscription: SubscriptionID?, moved: PicoUSD
    ) throws -> JournalEntry.Kind {
        let reference = (row["reference"] as String?).map(TransferReference.init(rawValue:))
        switch (row["kind"] as String, reference, subscription) {
        case ("deposit", let reference?, _): return .deposit(reference)
        case ("withdrawal", let reference?, _): return .withdrawal(reference)
        case ("refund", _, _): return .refund
        case ("creditPaid", _, _): return .creditPaid
        case ("credit", let reference?, let subscription?):
            return .credit(
                CreditNote(
                    reference: reference, subscription: subscription, amount: try PicoUSD(ledger: row["credited"]),
                    reason: row["reason"] ?? "", evidence: try Digest32(ledger: row["evidence"])))
        case ("settlement", _, let subscription?):
            let limits = (row["limits"] as String? ?? "").split(separator: " ")
            let item = SettlementItem(
                subscription: subscription, cumulativeCharge: try PicoUSD(ledger: row["cumulative"]),
                customerRoot: try Digest32(ledger: row["customerRoot"]),
                priceBook: try Digest32(ledger: row["priceBook"]))
            let outcome = SettlementOutcome.Settled(
                moved: moved, unsettled: try PicoUSD(ledger: row["unsettled"]),
                limits: Set(limits.compactMap { SettlementOutcome.Limit(rawValue: String($0)) }))
            return .settlement(epoch: Epoch(row["epoch"]), item: item, outcome: outcome)
        default: throw SQLiteFailure(code: 11, message: "a journal entry in the ledger is malformed")
        }
    }

    /// The columns `kind, reference, epoch, cumulative, customerRoot, priceBook, unsettled, limits, credited, reason,
    /// evidence`.
    static func arguments(of kind: JournalEntry.Kind) -> StatementArguments {
        func transfer(_ name: String, _ reference: TransferReference? = nil) -> StatementArguments {
            [name, reference?.rawValue] + StatementArguments(repeatElement(nil as String?, count: 9))
        }
        switch kind {
        case .deposit(let reference): return transfer("deposit", reference)
        case .withdrawal(let reference): return transfer("withdrawal", reference)
        case .refund: return transfer("refund")
        case .creditPaid: return transfer("creditPaid")
        case .credit(let note):
            return ["credit", note.reference.rawValue]
                + StatementArguments(repeatElement(nil as String?, count: 6))
                + [note.amount.text, note.reason, note.evidence.data]
        case .settlement(let epoch, let item, let outcome):
            let limits = outcome.limits.map(\.rawValue).sorted().joined(separator: " ")
            return [
                "settlement", nil, epoch.rawValue, item.cumulativeCharge.text, item.customerRoot.data,
                item.priceBook.data, outcome.unsettled.text, limits, nil, nil, nil,
            ]
        }
    }
}
