internal import Metering

/// What recomputing one customer's chain found.
struct ChainReport: Encodable, Sendable, Hashable {
    var customer: String
    /// Events that were read.
    var events: Int64 = 0
    /// Events whose price book is not at hand, so that their charge was not recomputed.
    var unknownBooks: Int64 = 0
    /// The last hash, recomputed.
    var head: String
    /// The first thing that is wrong; `nil` when nothing is.
    var fault: String?

    private enum CodingKeys: String, CodingKey {
        case customer, events, head, fault
        case unknownBooks = "unknown_price_books"
    }

    /// Reads the whole chain, a page at a time, and stops at the first fault.
    static func make(
        of head: ChainHead, store: some UsageStore, catalog: PriceCatalog, progress: WalkProgress? = nil
    ) async throws(MeteringError) -> ChainReport {
        var walk = ChainWalk(head: head, catalog: catalog)
        var pages = EventPages(head: head)
        while walk.fault == nil, let page = try await pages.next(store) {
            for stored in page { walk.visit(stored) }
            progress?.add(page.count)
        }
        walk.finish()
        return ChainReport(
            customer: head.customer.rawValue, events: walk.events, unknownBooks: walk.unknownBooks,
            head: walk.last.hash.description, fault: walk.fault)
    }
}
