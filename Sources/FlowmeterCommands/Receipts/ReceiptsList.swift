internal import ArgumentParser
internal import Metering

/// Which receipts a command works with.
struct ReceiptFilter: ParsableArguments {
    @Option(help: ArgumentHelp("Only this customer's.", valueName: "id"))
    var customer: String?

    @Option(help: ArgumentHelp("Start after this sequence number of each customer.", valueName: "sequence"))
    var after: Int64 = 0

    mutating func validate() throws {
        if after < 0 { throw ValidationError("--after must not be negative") }
    }

    /// Calls `body` with each receipt, customer by customer, until it returns `false`.
    func forEach(
        in store: any UsageStore, progress: WalkProgress? = nil, _ body: (StoredEvent) throws -> Bool
    ) async throws {
        let customer = try customer.map { text throws(MeteringError) in try CustomerID(validating: text) }
        let heads = try await store.chainHeads().filter { customer == nil || $0.customer == customer }
        progress?.begin(heads, after: after)
        for head in heads {
            var pages = EventPages(head: head, after: after)
            while let page = try await pages.next(store) {
                for stored in page where try !body(stored) { return }
                progress?.add(page.count)
            }
        }
        progress?.finish()
    }
}

/// `flowmeter receipts list`: receipts with their hashes.
struct ReceiptsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List receipts with their hashes, customer by customer.",
        discussion: """
            EXAMPLES:
              flowmeter receipts list
              flowmeter receipts list --customer alice --after 100 --limit 20
              flowmeter receipts list --json | jq -r .hash
            """)

    @OptionGroup(title: "Filters") var filter: ReceiptFilter

    @Option(
        help: ArgumentHelp("At most so many, 0 for all. Default: 100 in a table, all in JSON.", valueName: "receipts"))
    var limit: Int?

    @Flag(help: "Write JSON lines.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    private struct Document: Encodable {
        var id: String
        var customer: String
        var sequence: Int64
        var time: String
        var model: String
        var chargeUSD: String?
        var hash: String

        init(_ stored: StoredEvent) {
            id = stored.event.id.rawValue
            customer = stored.event.customer.rawValue
            sequence = stored.sequence
            time = stored.event.time.description
            model = stored.event.model
            chargeUSD = if case .priced(let amount) = stored.event.charge { amount.description } else { nil }
            hash = stored.hash.description
        }
    }

    mutating func validate() throws {
        if let limit, limit < 0 { throw ValidationError("--limit must not be negative") }
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let limit = limit.map { $0 == 0 ? .max : $0 } ?? (json ? .max : 100)
        try await StoreAccess.withStore(settings: settings, context: context, mode: .read) { store in
            var rows: [Document] = []
            var shown = 0
            var isCut = false
            try await filter.forEach(in: store) { stored in
                guard shown < limit else {
                    isCut = true
                    return false
                }
                shown += 1
                if json {
                    try context.output.write(try JSONText.snakeCaseLine(Document(stored)))
                } else {
                    rows.append(Document(stored))
                }
                return true
            }
            if !json { try show(rows, context) }
            if isCut { try global.note("note: there are more; raise --limit, or go on with --after", context: context) }
        }
    }

    private func show(_ rows: [Document], _ context: CommandContext) throws {
        guard !rows.isEmpty else { return try context.output.writeLine("no receipts") }
        let table = Table(
            columns: [
                Table.Column("CUSTOMER", .text, minimumWidth: 8), Table.Column("NO.", .count),
                Table.Column("RECEIPT", .text, minimumWidth: 12), Table.Column("TIME", .text),
                Table.Column("CHARGE USD", .money), Table.Column("SHA3-256", .text, minimumWidth: 13),
            ],
            rows: rows.map {
                [$0.customer, "\($0.sequence)", $0.id, $0.time, $0.chargeUSD ?? "unpriced", $0.hash]
            })
        try context.output.write(table.rendered(width: context.output.columns, style: context.style))
    }
}
