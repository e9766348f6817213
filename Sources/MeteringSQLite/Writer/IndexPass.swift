/// One pass that brings recent events into the index tables, in portions and in the order of the indexes.
///
/// In index order, neighbouring entries share pages: a portion of 65,536 entries writes a tenth of the pages that the
/// same entries would in order of arrival. A pass that is cut short is repeated from its start; it skips what it finds.
final class IndexPass {
    /// The last position that the pass covers.
    let end: Int64
    private let entries: [RecentEvents.Entry]
    private let base: Int64
    /// Places in `entries`, in order of slot and of customer.
    private let bySlot: [UInt64]
    private let byCustomer: [UInt64]
    private var slotsDone = 0
    private var customersDone = 0

    private static let placeBits: UInt64 = 20
    private static let placeMask: UInt64 = (1 << placeBits) - 1
    /// The most entries of a pass.
    static let limit = 1 << 20

    init(_ recent: RecentEvents) {
        let entries = Array(recent.entries.prefix(Self.limit))
        self.entries = entries
        base = recent.base
        end = recent.base + Int64(entries.count)
        // The place in the low bits, the leading bits of the key above: sorting plain integers is the fast way.
        // Slots are compared as SQLite does it, signed.
        bySlot = entries.indices.map {
            (entries[$0].slot ^ 1 << 63) & ~Self.placeMask | UInt64($0)
        }.sorted()
        byCustomer = entries.indices.map { UInt64(bitPattern: entries[$0].customer) << Self.placeBits | UInt64($0) }
            .sorted()
    }

    var isDone: Bool { slotsDone == bySlot.count && customersDone == byCustomer.count }

    /// Indexes up to `count` more entries, by slot and by customer.
    func advance(_ count: Int, with index: EventIndex) throws(SQLiteFailure) {
        for _ in 0..<min(count, bySlot.count - slotsDone) {
            let place = Int(bySlot[slotsDone] & Self.placeMask)
            try index.addSlot(entries[place].slot, position: base + 1 + Int64(place))
            slotsDone += 1
        }
        for _ in 0..<min(count, byCustomer.count - customersDone) {
            let place = Int(byCustomer[customersDone] & Self.placeMask)
            let entry = entries[place]
            try index.addSequence(entry.sequence, of: entry.customer, position: base + 1 + Int64(place))
            customersDone += 1
        }
    }
}
