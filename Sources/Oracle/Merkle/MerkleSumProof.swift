/// A proof that a leaf is in a Merkle-sum tree, at a stated place, and that the root's sum counts it once.
///
/// Its length is the logarithm of the tree's size. Take ``size`` from the signed commitment, never from the prover
/// alone: a root does not by itself tell how many leaves it has.
public struct MerkleSumProof: Sendable, Hashable {
    /// One sibling on the way up.
    public struct Step: Sendable, Hashable {
        /// On which side of the path a sibling stands.
        public enum Side: String, Sendable, Hashable {
            case left, right
        }
        /// On which side of the path the sibling stands.
        public var side: Side
        /// The sibling's hash and sum.
        public var node: MerkleSumNode
        /// Creates a step.
        public init(side: Side, node: MerkleSumNode) {
            self.side = side
            self.node = node
        }
    }

    /// The leaf's place, counted from 0.
    public var index: UInt64
    /// How many leaves the tree has.
    public var size: UInt64
    /// The siblings from the leaf up.
    ///
    /// Promoted nodes have none.
    public var path: [Step]

    /// Creates a proof from its parts.
    public init(index: UInt64, size: UInt64, path: [Step]) {
        self.index = index
        self.size = size
        self.path = path
    }

    /// The root that this proof leads to from `leaf`.
    ///
    /// - Throws: `invalidProof` when the path does not have the one shape that index and size allow, `overflow` when a
    ///   sum does not fit in 128 bits.
    public func root(from leaf: MerkleSumNode) throws(OracleError) -> MerkleSumNode {
        guard index < size else {
            throw OracleError(.invalidProof, "index \(index) is not below the tree's size \(size)")
        }
        var node = leaf
        var steps = path[...]
        var (position, last) = (index, size - 1)
        while last > 0 {
            if !position.isMultiple(of: 2) {
                node = try .parent(try sibling(&steps, .left), node)
            } else if position < last {
                node = try .parent(node, try sibling(&steps, .right))
            }
            position /= 2
            last /= 2
        }
        guard steps.isEmpty else {
            throw OracleError(.invalidProof, "the path is too long for leaf \(index) of \(size)")
        }
        return node
    }

    private func sibling(_ steps: inout ArraySlice<Step>, _ side: Step.Side) throws(OracleError) -> MerkleSumNode {
        guard let step = steps.popFirst() else {
            throw OracleError(.invalidProof, "the path is too short for leaf \(index) of \(size)")
        }
        guard step.side == side else {
            throw OracleError(.invalidProof, "a sibling of leaf \(index) of \(size) stands on the wrong side")
        }
        return step.node
    }

    /// Checks that `leaf` is in the tree of `root`, which has `size` leaves.
    ///
    /// - Throws: `invalidProof` or `overflow`, see ``root(from:)``.
    public func verify(_ leaf: MerkleSumNode, in root: MerkleSumNode, size: UInt64) throws(OracleError) {
        guard size == self.size else {
            throw OracleError(.invalidProof, "the proof is for a tree of \(self.size) leaves, not of \(size)")
        }
        let found = try self.root(from: leaf)
        guard found.sum == root.sum else {
            throw OracleError(.invalidProof, "the proof leads to the sum \(found.sum), not to \(root.sum)")
        }
        guard found.hash == root.hash else {
            throw OracleError(.invalidProof, "the proof leads to the root \(found.hash), not to \(root.hash)")
        }
    }
}
