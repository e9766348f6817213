internal import NIOCore

/// A map from strings to values, in the order it was sent.
///
/// A lookup walks the map; take ``dictionary`` for many lookups in a large one.
public struct BoltMap: Sendable, Sequence {
    /// The encoded keys and values, one behind the other.
    let pairs: ByteBuffer
    /// How many pairs were sent; a key that was sent twice counts twice.
    public let count: Int

    /// A map without pairs.
    static let empty = BoltMap(pairs: ByteBuffer(), count: 0)

    /// Whether there are no pairs.
    public var isEmpty: Bool { count == 0 }

    /// The value of a key; when the key was sent twice, the last one.
    public subscript(key: String) -> BoltValue? {
        var key = key
        let range: Range<Int>? = key.withUTF8 { wanted in
            pairs.withUnsafeReadableBytes { bytes in
                var found: Range<Int>?
                var offset = 0
                for _ in 0..<count {
                    guard let header = PackStream.header(in: bytes, at: offset) else { return found }
                    let start = header.body + header.count
                    guard let end = PackStream.end(in: bytes, at: start) else { return found }
                    if header.count == wanted.count, bytes[header.body..<start].elementsEqual(wanted) {
                        found = start..<end
                    }
                    offset = end
                }
                return found
            }
        }
        return range.map { BoltValue(validated: pairs.packStreamSlice(from: $0.lowerBound, to: $0.upperBound)) }
    }

    /// The keys, in order.
    public var keys: [String] { map(\.key) }

    /// The pairs as a dictionary; of two equal keys the last one counts.
    public var dictionary: [String: BoltValue] {
        Dictionary(map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// Walks the pairs from the first to the last.
    public func makeIterator() -> Iterator { Iterator(rest: pairs, remaining: count) }

    /// The number of pairs.
    public var underestimatedCount: Int { count }

    /// Walks a map.
    public struct Iterator: IteratorProtocol, Sendable {
        var rest: ByteBuffer
        var remaining: Int

        /// The next pair.
        public mutating func next() -> (key: String, value: BoltValue)? {
            guard remaining > 0 else { return nil }
            remaining -= 1
            let pair: (key: String, valueAt: Int, end: Int)? = rest.withUnsafeReadableBytes { bytes in
                guard let header = PackStream.header(in: bytes, at: 0) else { return nil }
                let start = header.body + header.count
                guard let end = PackStream.end(in: bytes, at: start) else { return nil }
                return (BoltValue.string(in: bytes, header), start, end)
            }
            guard let pair else { return nil }
            let value = BoltValue(validated: rest.packStreamSlice(from: pair.valueAt, to: pair.end))
            rest.moveReaderIndex(forwardBy: pair.end)
            return (pair.key, value)
        }
    }
}

extension BoltMap: Hashable {
    /// Whether both maps have the same values for the same keys.
    public static func == (lhs: BoltMap, rhs: BoltMap) -> Bool {
        lhs.pairs == rhs.pairs || lhs.dictionary == rhs.dictionary
    }

    /// Hashes the pairs, whatever their order.
    public func hash(into hasher: inout Hasher) { hasher.combine(dictionary) }
}

extension BoltMap: CustomStringConvertible {
    /// The map in the manner of Cypher.
    public var description: String {
        "{" + map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
    }
}
