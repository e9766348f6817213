internal import Metering

extension Statement {
    /// The statement as something to print.
    var document: BillingDocument {
        let terms = subscription.terms
        return BillingDocument(
            kind: "Statement", number: subscription.id.rawValue,
            facts: [
                ("Customer", terms.customer.rawValue), ("Provider", terms.provider.rawValue),
                ("From", "\(from)"), ("Until", "\(until)"), ("State", subscription.state.text),
                ("Opening balance", opening.description + " USD"),
                ("Settled so far", subscription.settled.description + " USD"),
                ("Charged, not settled", subscription.unsettled.description + " USD"),
                ("Credit still owed", subscription.creditOwed.description + " USD"),
            ],
            headline: ("Balance", NumberText.money(closing.description, fractionDigits: 2)),
            sections: [section],
            notes: [
                "All amounts are exact, in US dollars. A settlement names the receipts that are new in it; 'flowmeter receipts "
                    + "export' writes them, signed. Its root is the hash of the tree over all receipts of its "
                    + "epoch; 'flowmeter epochs verify' proves that the customer's receipts add up to it."
            ])
    }

    private var section: BillingDocument.Section {
        BillingDocument.Section(
            title: "Entries",
            columns: [
                Table.Column("Entry", .count), Table.Column("Time", .text), Table.Column("What", .text),
                Table.Column("Receipts", .text), Table.Column("Amount USD", .money),
                Table.Column("Balance USD", .money),
                Table.Column("Proof", .text),
            ],
            rows: lines.map { line in
                [
                    "\(line.entry.number)", "\(line.entry.time)", line.text,
                    line.receipts.map { Invoice.ranges([$0]) } ?? "", line.amount.description,
                    line.balance.description, line.entry.proof ?? "",
                ].map { BillingDocument.Cell($0) }
            },
            anchors: lines.map { "entry-\($0.entry.number)" },
            total: ["", "", "Balance", "", "", closing.description, ""])
    }
}

extension Statement.Line {
    /// What it is, in words, and what the plan made of the list price.
    var text: String {
        guard let list, let plan, plan != .zero else { return entry.text }
        return "\(entry.text); in all \(list) USD at list price, \(plan > .zero ? "+" : "")\(plan) USD by the plan"
    }
}

extension JournalEntry {
    /// Whether it is a settlement.
    var isSettlement: Bool { if case .settlement = kind { true } else { false } }

    /// What it is, in words.
    var text: String {
        switch kind {
        case .deposit(let reference): "deposit \(reference)"
        case .settlement(let epoch, _, let outcome):
            "usage up to epoch \(epoch)"
                + (outcome.limits.isEmpty
                    ? ""
                    : "; \(outcome.unsettled) USD left over (\(outcome.limits.map(\.text).sorted().joined(separator: ", ")))")
        case .credit(let note): "credit note \(note.reference): \(note.reason)"
        case .creditPaid: "credit paid"
        case .refund: "refund"
        case .withdrawal(let reference): "withdrawal \(reference)"
        }
    }

    /// The hash that proves it: the root over the receipts of a settlement, or the evidence of a credit note.
    var proof: String? {
        switch kind {
        case .settlement(_, let item, _): item.customerRoot.description
        case .credit(let note) where note.evidence != .zero: note.evidence.description
        default: nil
        }
    }
}

extension SettlementOutcome.Limit {
    /// The limit in words.
    var text: String {
        switch self {
        case .escrow: "empty escrow"
        case .epochCap: "cap per epoch"
        case .periodCap: "cap per period"
        case .lifetimeCap: "lifetime cap"
        case .paused: "paused"
        }
    }
}

extension Subscription.State {
    /// The state in words.
    var text: String {
        switch self {
        case .active: "active"
        case .paused: "paused"
        case .cancelling(let until): "cancelled, grace until \(until)"
        case .closed(let time): "closed \(time)"
        }
    }
}
