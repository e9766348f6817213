/// One pass that brings the events of a ``ChainTail`` into `chainPart`, in portions and in the order of the table.
///
/// In that order, neighbouring entries share rows, and rows share pages: a portion of 65,536 entries writes a tenth of the
/// pages that the same entries would in order of arrival. A pass that is cut short is repeated from its start; it skips what it finds.
final class IndexPass {
    /// The last position that the pass covers.
    let end: Int64
    private let entries: [ChainTail.Entry]
    private let base: Int64
    /// Places in `entries`, by customer and sequence: readers rely on a chain being indexed from its start.
    private let order: [Int]
    private var done = 0

    init(_ tail: ChainTail) {
        let entries = tail.entries
        self.entries = entries
        base = tail.base
        end = tail.last
        order = entries.indices.sorted {
            (entries[$0].customer, entries[$0].sequence) < (entries[$1].customer, entries[$1].sequence)
        }
    }

    var isDone: Bool { done == order.count }

    /// Indexes up to `count` more entries.
    func advance(_ count: Int, with index: ChainIndex) throws(SQLiteFailure) {
        let end = done + min(count, order.count - done)
        var positions: [Int64] = []
        while done < end {
            let first = entries[order[done]]
            let part = ChainIndex.part(of: first.sequence)
            positions.removeAll(keepingCapacity: true)
            var next = done
            while next < end {
                let entry = entries[order[next]]
                guard entry.customer == first.customer, ChainIndex.part(of: entry.sequence) == part,
                    entry.sequence == first.sequence + Int64(positions.count)
                else { break }
                positions.append(base + 1 + Int64(order[next]))
                next += 1
            }
            try index.add(customer: first.customer, first: first.sequence, positions)
            done = next
        }
    }
}
