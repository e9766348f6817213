/// The events after `indexedThrough`: what `chainPart` does not hold yet.
///
/// Positions are consecutive, so an event is its place in an array.
struct ChainTail {
    struct Entry {
        var customer: Int64
        var sequence: Int64
    }

    /// The position before the first entry.
    private(set) var base: Int64
    private(set) var entries: [Entry] = []

    init(after base: Int64) { self.base = base }

    /// The position of the last entry.
    var last: Int64 { base + Int64(entries.count) }

    /// Appends the event at the position after ``last``.
    mutating func append(_ entry: Entry) { entries.append(entry) }

    /// Forgets entries up to a position.
    mutating func removeThrough(_ position: Int64) {
        guard position > base else { return }
        entries.removeFirst(min(entries.count, Int(clamping: position - base)))
        base = position
    }
}
