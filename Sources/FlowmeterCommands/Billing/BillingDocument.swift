/// An invoice or a statement as something to print: a heading, facts, sections with tables, and a sum.
struct BillingDocument: Sendable {
    /// One cell of a table.
    struct Cell: Sendable, Hashable {
        var text: String
        /// Where a click leads: to a row of this document.
        var target: String?
        /// What programs read instead: a number without separators.
        var plain: String

        init(_ text: String, target: String? = nil, plain: String? = nil) {
            self.text = text
            self.target = target
            self.plain = plain ?? text
        }
    }

    /// A table with a heading.
    struct Section: Sendable {
        var title: String
        var columns: [Table.Column]
        var rows: [[Cell]]
        /// What links to the row, one for each row; empty when nothing does.
        var anchors: [String] = []
        var total: [String]?
        /// What stands below the table.
        var note: String?
        /// Whether it is an annex: in small print, on a page of its own.
        var isAnnex = false
    }

    var kind: String
    var number: String
    var facts: [(name: String, value: String)]
    var headline: (name: String, amount: String)
    var sections: [Section]
    var notes: [String]
}

/// How a document is written.
enum BillingFormat: String, CaseIterable, Sendable {
    case markdown, json, csv, html
}
