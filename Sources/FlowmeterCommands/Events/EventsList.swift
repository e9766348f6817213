internal import ArgumentParser
internal import Metering

/// `flowmeter events list`: stored events, oldest first.
struct EventsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List stored events, oldest first, customer by customer.",
        discussion: """
            EXAMPLES:
              flowmeter events list --last 20
              flowmeter events list --customer alice --since today
              flowmeter events list --unpriced --json | jq -r .model | sort | uniq -c
              flowmeter events list --customer alice --after 1000 --limit 1000 --json > page2.jsonl
            """)

    @OptionGroup(title: "Filters") var filter: FilterOptions

    @Flag(help: "Only events without a price.")
    var unpriced = false

    @Option(help: ArgumentHelp("Only events of this quality: exact, drained or estimated.", valueName: "quality"))
    var quality: String?

    @Option(help: ArgumentHelp("Start after this sequence number of each customer.", valueName: "sequence"))
    var after: Int64 = 0

    @Option(help: ArgumentHelp("Look only at the last so many events of each customer.", valueName: "events"))
    var last: Int64?

    @Option(
        help: ArgumentHelp(
            "At most so many events, 0 for all. Default: 100 in a table, all in JSON.", valueName: "events"))
    var limit: Int?

    @Flag(help: "Write JSON lines: one event per line.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    /// The events of a table, unless said otherwise: more are for programs.
    private static let tableLimit = 100

    mutating func validate() throws {
        if let limit, limit < 0 { throw ValidationError("--limit must not be negative") }
        if after < 0 { throw ValidationError("--after must not be negative") }
        if let last, last < 1 { throw ValidationError("--last must be at least 1") }
        if let quality, UsageEvent.Quality(rawValue: quality) == nil {
            throw ValidationError("--quality must be exact, drained or estimated, not '\(quality)'")
        }
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let (since, until) = try filter.days(today: context.now().day)
        let customer = try filter.customerID()
        try await StoreAccess.withStore(settings: settings, context: context, mode: .read) { store in
            var table: [StoredEvent] = []
            let limit = limit.map { $0 == 0 ? .max : $0 } ?? (json ? .max : Self.tableLimit)
            var shown = 0
            var isCut = false
            heads: for head in try await store.chainHeads() where customer == nil || head.customer == customer {
                var pages = EventPages(head: head, after: max(after, last.map { head.sequence - $0 } ?? 0))
                while let page = try await pages.next(store) {
                    for stored in page where matches(stored.event, since: since, until: until) {
                        if shown == limit {
                            isCut = true
                            break heads
                        }
                        shown += 1
                        if json {
                            try context.output.write(try JSONText.line(EventDocument(stored)))
                        } else {
                            table.append(stored)
                        }
                    }
                }
            }
            if !json { try context.output.write(EventsTable(events: table).rendered(context)) }
            if isCut {
                try global.note("note: there are more; raise --limit, or go on with --after", context: context)
            }
        }
    }

    private func matches(_ event: UsageEvent, since: Day?, until: Day?) -> Bool {
        if let since, event.time.day < since { return false }
        if let until, event.time.day > until { return false }
        if let key = filter.key, event.key.rawValue != key { return false }
        if let session = filter.session, event.session.rawValue != session { return false }
        if let model = filter.model, event.model != model { return false }
        if let quality, event.quality.rawValue != quality { return false }
        if unpriced, case .priced = event.charge { return false }
        return true
    }
}
