internal import Metering

extension Invoice {
    /// The invoice as something to print.
    var document: BillingDocument {
        BillingDocument(
            kind: "Invoice", number: number,
            facts: [
                ("Customer", name.isEmpty || name == customer.rawValue ? "\(customer)" : "\(name) (\(customer))"),
                ("Month", "\(month) (UTC)"), ("Issued", "\(issued)"),
                ("Receipts", receipts.isEmpty ? "none" : NumberText.grouped(receipts.count)),
            ],
            headline: ("Due", NumberText.money(due.description, fractionDigits: 2)),
            sections: [linesSection] + (adjustments.isEmpty ? [] : [adjustmentSection]) + [receiptsSection],
            notes: [
                "All amounts are exact, in US dollars. Each line is the sum of quantity × price over the receipts it names; "
                    + "each receipt is signed, and can be checked with 'flowmeter receipts verify' and the operator's public "
                    + "key."
            ] + unpricedNote)
    }

    private var unpricedNote: [String] {
        unpriced.isEmpty
            ? []
            : [
                "\(NumberText.counted(unpriced.count, "receipt")) have no price yet and are not in the sum; they will be due."
            ]
    }

    private var linesSection: BillingDocument.Section {
        BillingDocument.Section(
            title: "Usage",
            columns: [
                Table.Column("Item", .text), Table.Column("Quantity", .count),
                Table.Column("Price per million", .money),
                Table.Column("Amount USD", .money), Table.Column("Receipts", .text),
            ],
            rows: lines.map { line in
                [
                    BillingDocument.Cell(line.sku.rawValue),
                    BillingDocument.Cell(NumberText.grouped(line.quantity), plain: "\(line.quantity)"),
                    BillingDocument.Cell(line.unitPrice.timesMillion.description),
                    BillingDocument.Cell(line.amount.description),
                    BillingDocument.Cell(
                        Self.ranges(line.receipts), target: line.receipts.first.map { "receipt-\($0)" }),
                ]
            },
            total: ["List price", "", "", list.description, ""])
    }

    private var adjustmentSection: BillingDocument.Section {
        BillingDocument.Section(
            title: "Plan",
            columns: [
                Table.Column("Plan", .text), Table.Column("Terms", .text), Table.Column("List price USD", .money),
            ],
            rows: adjustments.map { adjustment in
                [
                    BillingDocument.Cell(adjustment.plan.id), BillingDocument.Cell(adjustment.plan.terms),
                    BillingDocument.Cell(adjustment.list.description),
                ]
            },
            total: ["Due", "", due.description],
            note:
                "The plan changes the list price by \(due - list) USD. It is applied to the month's sum, and rounded down "
                + "once, to 10⁻¹² USD.")
    }

    private var receiptsSection: BillingDocument.Section {
        BillingDocument.Section(
            title: "Receipts",
            columns: [
                Table.Column("No.", .count), Table.Column("Receipt", .text), Table.Column("Time", .text),
                Table.Column("Model", .text), Table.Column("Amount USD", .money), Table.Column("SHA3-256", .text),
            ],
            rows: receipts.map { receipt in
                let amount =
                    switch receipt.charge {
                    case .priced(let charge): charge.description
                    case .unpriced: "no price"
                    }
                return [
                    "\(receipt.sequence)", receipt.id.rawValue, "\(receipt.time)", receipt.model, amount,
                    receipt.hash.description,
                ].map { BillingDocument.Cell($0) }
            },
            anchors: receipts.map { "receipt-\($0.sequence)" }, isAnnex: true)
    }

    /// `1–3, 7` for 1, 2, 3, 7.
    static func ranges(_ numbers: [Int64]) -> String {
        var runs: [ClosedRange<Int64>] = []
        for number in numbers {
            if let last = runs.last, last.upperBound + 1 == number {
                runs[runs.count - 1] = last.lowerBound...number
            } else {
                runs.append(number...number)
            }
        }
        return ranges(runs)
    }

    /// `1–3, 7` for 1…3 and 7…7.
    static func ranges(_ runs: [ClosedRange<Int64>]) -> String {
        runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }
            .joined(separator: ", ")
    }
}

extension PicoUSD {
    /// The price of a million units; prices are small enough for it.
    fileprivate var timesMillion: PicoUSD { 1_000_000 * self }
}

extension Plan {
    /// The terms in words.
    var terms: String {
        var parts: [String] = []
        if markup != 0 { parts.append("\(markup > 0 ? "+" : "-")\(Self.percent(markup.magnitude)) %") }
        for tier in tiers where tier.discount > 0 || tier != tiers.first {
            parts.append("\(Self.percent(tier.discount.magnitude)) % off above \(tier.from) USD")
        }
        return parts.isEmpty ? "list price" : parts.joined(separator: ", ")
    }

    private static func percent(_ basisPoints: UInt64) -> String {
        let (whole, rest) = basisPoints.quotientAndRemainder(dividingBy: 100)
        if rest == 0 { return "\(whole)" }
        return rest % 10 == 0 ? "\(whole).\(rest / 10)" : "\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }
}
