internal import Metering

/// Walks one customer's events in sequence order, a page at a time, up to the head known at the start.
struct EventPages: Sendable {
    /// Events per page.
    static let size = 1000

    let head: ChainHead
    private var last: Int64

    /// Starts after the sequence number `after`.
    init(head: ChainHead, after: Int64 = 0) {
        self.head = head
        last = max(after, 0)
    }

    /// The next page, or `nil` when all events up to the head were read.
    mutating func next(_ store: some UsageStore) async throws(MeteringError) -> [StoredEvent]? {
        guard last < head.sequence else { return nil }
        let page = try await store.events(of: head.customer, after: last, limit: Self.size)
            .filter { $0.sequence <= head.sequence }
        guard let end = page.last else { return nil }
        last = end.sequence
        return page
    }
}
