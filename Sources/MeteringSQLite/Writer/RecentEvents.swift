internal import Metering

/// The events after `indexedThrough`, by slot: what the two index tables do not hold yet.
///
/// Positions are consecutive, so an event is its place in an array. Some 30 bytes an event, at most some 100,000 events.
struct RecentEvents {
    struct Entry {
        var slot: UInt64
        var customer: Int64
        var sequence: Int64
    }

    /// The position before the first entry.
    private(set) var base: Int64
    private(set) var entries: [Entry] = []
    /// Open addressing: place + 1 in `entries`, 0 for free.
    ///
    /// Twice as large as needed, a power of two.
    private var table: [UInt32]

    init(after base: Int64) {
        self.base = base
        table = Array(repeating: 0, count: 1024)
    }

    /// The position of the last entry.
    var last: Int64 { base + Int64(entries.count) }

    /// Appends the event at the position after ``last``.
    mutating func append(_ entry: Entry) {
        entries.append(entry)
        if entries.count * 2 > table.count {
            rebuild(capacity: table.count * 2)
        } else {
            insert(place: entries.count - 1)
        }
    }

    /// Forgets entries up to a position.
    mutating func removeThrough(_ position: Int64) {
        guard position > base else { return }
        entries.removeFirst(min(entries.count, Int(clamping: position - base)))
        base = position
        rebuild(capacity: table.count)
    }

    /// Calls `body` with the position of each event in the slot, until it returns `true`; whether it did.
    func contains(_ slot: UInt64, where body: (Int64) throws(SQLiteFailure) -> Bool) throws(SQLiteFailure) -> Bool {
        let mask = table.count - 1
        var index = Int(truncatingIfNeeded: slot) & mask
        while table[index] != 0 {
            let place = Int(table[index]) - 1
            if entries[place].slot == slot, try body(base + 1 + Int64(place)) { return true }
            index = (index + 1) & mask
        }
        return false
    }

    private mutating func insert(place: Int) {
        let mask = table.count - 1
        var index = Int(truncatingIfNeeded: entries[place].slot) & mask
        while table[index] != 0 { index = (index + 1) & mask }
        table[index] = UInt32(place + 1)
    }

    private mutating func rebuild(capacity: Int) {
        var capacity = capacity
        while capacity < entries.count * 2 { capacity *= 2 }
        table = Array(repeating: 0, count: capacity)
        for place in entries.indices { insert(place: place) }
    }
}
