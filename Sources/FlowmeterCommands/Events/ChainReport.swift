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
        of head: ChainHead, store: some UsageStore, catalog: PriceCatalog
    ) async throws(MeteringError) -> ChainReport {
        var report = ChainReport(customer: head.customer.rawValue, head: ReceiptHash.zero.description)
        var last = (sequence: Int64(0), hash: ReceiptHash.zero)
        var pages = EventPages(head: head)
        while let page = try await pages.next(store) {
            for stored in page {
                if let fault = report.fault(of: stored, after: last, catalog: catalog) {
                    report.fault = fault
                    return report
                }
                last = (stored.sequence, stored.hash)
                report.events += 1
                report.head = stored.hash.description
            }
        }
        if last.sequence != head.sequence {
            report.fault = "the chain ends at \(last.sequence), but its head says \(head.sequence)"
        } else if last.hash != head.hash {
            report.fault = "the last receipt's hash is not the head's"
        }
        return report
    }

    private mutating func fault(
        of stored: StoredEvent, after last: (sequence: Int64, hash: ReceiptHash), catalog: PriceCatalog
    ) -> String? {
        let event = stored.event
        if event.customer.rawValue != customer { return "event \(stored.sequence) belongs to \(event.customer)" }
        if stored.sequence != last.sequence + 1 {
            return "after event \(last.sequence) comes \(stored.sequence): events are missing"
        }
        if stored.previousHash != last.hash { return "event \(stored.sequence) does not follow the one before it" }
        let hash = CanonicalReceipt.hash(event, sequence: stored.sequence, previousHash: stored.previousHash)
        if hash != stored.hash { return "event \(stored.sequence) was changed: its receipt has another hash" }
        guard let book = catalog.book(hash: event.priceBook) else {
            unknownBooks += 1
            return nil
        }
        if Rating.charge(for: event.lines, book: book) != event.charge {
            return "event \(stored.sequence) has a charge that its lines and price book \(book.id) do not give"
        }
        return nil
    }
}
