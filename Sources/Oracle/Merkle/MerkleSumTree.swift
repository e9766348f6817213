/// A whole Merkle-sum tree in memory, for proofs.
///
/// Level by level, neighbours are joined; the last node of an odd level is promoted unchanged. The shape depends on the
/// count of leaves alone (it is that of RFC 6962). For the root only, ``MerkleSumAccumulator`` needs no memory.
public struct MerkleSumTree: Sendable {
    /// The levels, leaves first, the root alone in the last.
    ///
    /// One empty level for a tree without leaves.
    private let levels: [[MerkleSumNode]]

    /// Builds the tree.
    ///
    /// - Throws: `overflow` when a sum does not fit in 128 bits.
    public init(_ leaves: [MerkleSumNode]) throws(OracleError) {
        var levels = [leaves]
        var level = leaves
        while level.count > 1 {
            var parents: [MerkleSumNode] = []
            parents.reserveCapacity((level.count + 1) / 2)
            for left in stride(from: 0, to: level.count - 1, by: 2) {
                parents.append(try .parent(level[left], level[left + 1]))
            }
            if !level.count.isMultiple(of: 2) { parents.append(level[level.count - 1]) }
            levels.append(parents)
            level = parents
        }
        self.levels = levels
    }

    /// The leaves.
    var leaves: [MerkleSumNode] { levels[0] }
    /// How many leaves there are.
    public var count: Int { levels[0].count }
    /// The root; ``MerkleSumNode/empty`` when there are no leaves.
    public var root: MerkleSumNode { levels[levels.count - 1].first ?? .empty }

    /// The proof that the leaf at `index` is in the tree.
    ///
    /// - Throws: `invalidInput` when there is no such leaf.
    public func proof(at index: Int) throws(OracleError) -> MerkleSumProof {
        guard levels[0].indices.contains(index) else {
            throw OracleError(.invalidInput, "the tree has \(count) leaves; there is none at index \(index)")
        }
        var path: [MerkleSumProof.Step] = []
        var position = index
        for level in levels.dropLast() {
            let isRight = !position.isMultiple(of: 2)
            let sibling = isRight ? position - 1 : position + 1
            if sibling < level.count {
                path.append(MerkleSumProof.Step(side: isRight ? .left : .right, node: level[sibling]))
            }
            position /= 2
        }
        return MerkleSumProof(index: UInt64(index), size: UInt64(count), path: path)
    }
}
