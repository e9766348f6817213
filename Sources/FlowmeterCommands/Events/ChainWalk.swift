internal import Metering

/// Follows one customer's chain event by event, and recomputes it.
struct ChainWalk: Sendable {
    let head: ChainHead
    let catalog: PriceCatalog
    /// Events that were found right.
    private(set) var events: Int64 = 0
    /// Events whose price book is not at hand, so that their charge was not recomputed.
    private(set) var unknownBooks: Int64 = 0
    /// Where the chain is right up to.
    private(set) var last = (sequence: Int64(0), hash: ReceiptHash.zero)
    /// The first thing that is wrong; `nil` while nothing is.
    private(set) var fault: String?

    init(head: ChainHead, catalog: PriceCatalog) {
        self.head = head
        self.catalog = catalog
    }

    /// What is wrong with a whole chain; `nil` when nothing is.
    static func fault(in events: [StoredEvent], head: ChainHead, catalog: PriceCatalog) -> String? {
        var walk = ChainWalk(head: head, catalog: catalog)
        for event in events { walk.visit(event) }
        walk.finish()
        return walk.fault
    }

    /// Takes the next event.
    ///
    /// After a fault nothing more is looked at.
    mutating func visit(_ stored: StoredEvent) {
        guard fault == nil else { return }
        fault = fault(of: stored)
        guard fault == nil else { return }
        last = (stored.sequence, stored.hash)
        events += 1
    }

    /// There are no more events: the chain must end where its head says.
    mutating func finish() {
        guard fault == nil else { return }
        if last.sequence != head.sequence {
            fault = "the chain ends at \(last.sequence), but its head says \(head.sequence)"
        } else if last.hash != head.hash {
            fault = "the last receipt's hash is not the head's"
        }
    }

    private mutating func fault(of stored: StoredEvent) -> String? {
        let event = stored.event
        if event.customer != head.customer { return "event \(stored.sequence) belongs to \(event.customer)" }
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
