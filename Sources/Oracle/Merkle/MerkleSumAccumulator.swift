/// Computes the root of a Merkle-sum tree leaf by leaf, in memory that grows with the logarithm of the count.
public struct MerkleSumAccumulator: Sendable {
    /// How many leaves were appended.
    public private(set) var count: UInt64 = 0
    /// The roots of the complete subtrees so far, largest first; one per bit that is set in ``count``.
    private var subtrees: [MerkleSumNode] = []

    /// Creates an accumulator without leaves.
    public init() {}

    /// Appends a leaf on the right.
    ///
    /// - Throws: `overflow` when a sum does not fit in 128 bits; the accumulator is then unchanged.
    public mutating func append(_ leaf: MerkleSumNode) throws(OracleError) {
        // As in binary addition: each trailing one of the count is a complete subtree that now has its right brother.
        let merged = count.trailingOneBits
        var node = leaf
        for offset in 0..<merged { node = try .parent(subtrees[subtrees.count - 1 - offset], node) }
        subtrees.removeLast(merged)
        subtrees.append(node)
        count += 1
    }

    /// The root over all leaves so far; ``MerkleSumNode/empty`` when there are none.
    ///
    /// - Throws: `overflow` when the sum does not fit in 128 bits.
    public func root() throws(OracleError) -> MerkleSumNode {
        // A node without a right brother is promoted unchanged, so the subtrees join from the smallest up.
        guard var root = subtrees.last else { return .empty }
        for subtree in subtrees.dropLast().reversed() { root = try .parent(subtree, root) }
        return root
    }
}

extension UInt64 {
    /// How many of the lowest bits are ones without a zero between them.
    fileprivate var trailingOneBits: Int { (~self).trailingZeroBitCount }
}
