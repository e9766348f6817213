internal import NIOCore

/// A list of values, decoded one by one while it is walked.
public struct BoltList: Sendable, Sequence {
    /// The encoded items, one behind the other.
    let items: ByteBuffer
    /// How many items the list has.
    public let count: Int

    /// Whether there are no items.
    public var isEmpty: Bool { count == 0 }

    /// The item at an index, found by skipping the ones before it; `nil` behind the end.
    public subscript(index: Int) -> BoltValue? {
        guard index >= 0, index < count else { return nil }
        return items.withUnsafeReadableBytes { bytes in
            var start = 0
            for _ in 0..<index {
                guard let end = PackStream.end(in: bytes, at: start) else { return nil }
                start = end
            }
            guard let end = PackStream.end(in: bytes, at: start) else { return nil }
            return BoltValue(validated: items.packStreamSlice(from: start, to: end))
        }
    }

    /// Walks the items from the first to the last.
    public func makeIterator() -> Iterator { Iterator(rest: items, remaining: count) }

    /// The number of items.
    public var underestimatedCount: Int { count }

    /// Walks a list.
    public struct Iterator: IteratorProtocol, Sendable {
        var rest: ByteBuffer
        var remaining: Int

        /// The next item.
        public mutating func next() -> BoltValue? {
            guard remaining > 0 else { return nil }
            remaining -= 1
            guard let length = rest.withUnsafeReadableBytes({ PackStream.end(in: $0, at: 0) }),
                let item = rest.readSlice(length: length)
            else { return nil }
            return BoltValue(validated: item)
        }
    }
}

extension BoltList: Hashable {
    /// Whether both lists have equal items in the same order.
    public static func == (lhs: BoltList, rhs: BoltList) -> Bool {
        lhs.count == rhs.count && (lhs.items == rhs.items || zip(lhs, rhs).allSatisfy { $0 == $1 })
    }

    /// Hashes the items.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for item in self { hasher.combine(item) }
    }
}
