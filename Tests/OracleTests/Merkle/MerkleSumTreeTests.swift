import Crypto
import Metering
import MeteringConformance
import Testing

@testable import Oracle

@Suite("Merkle-sum trees")
struct MerkleSumTreeTests {
    // MARK: Against the definition

    /// The tree as the definition says it: byte arrays, recursion, no cleverness.
    enum Reference {
        static func bytes(_ value: UInt128) -> [UInt8] {
            (0..<16).map { UInt8(truncatingIfNeeded: value >> UInt128(120 - 8 * $0)) }
        }
        static func hash(_ bytes: [UInt8]) -> [UInt8] { Array(SHA3_256.hash(data: bytes)) }
        static func leaf(_ content: Digest32, _ sum: UInt128) -> ([UInt8], UInt128) {
            (hash([0] + content.bytes + bytes(sum)), sum)
        }
        static func root(_ level: [([UInt8], UInt128)]) -> ([UInt8], UInt128) {
            if level.isEmpty { return (hash([]), 0) }
            if level.count == 1 { return level[0] }
            var parents: [([UInt8], UInt128)] = []
            for index in stride(from: 0, to: level.count, by: 2) {
                if index + 1 == level.count {
                    parents.append(level[index])
                } else {
                    let (left, right) = (level[index], level[index + 1])
                    parents.append((hash([1] + left.0 + bytes(left.1) + right.0 + bytes(right.1)), left.1 + right.1))
                }
            }
            return root(parents)
        }
    }

    static func leaves(_ count: Int, seed: UInt64) -> [MerkleSumNode] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in .leaf(random.digest(), sum: UInt128(random.next() >> 20)) }
    }

    @Test("Tree, accumulator and definition agree", arguments: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 100, 257])
    func agreesWithDefinition(count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count) + 1)
        var accumulator = MerkleSumAccumulator()
        var leaves: [MerkleSumNode] = []
        var expected: [([UInt8], UInt128)] = []
        for _ in 0..<count {
            let (content, sum) = (random.digest(), UInt128(random.next()) << 40)
            leaves.append(.leaf(content, sum: sum))
            expected.append(Reference.leaf(content, sum))
            try accumulator.append(.leaf(content, sum: sum))
        }
        let (hash, sum) = Reference.root(expected)
        let root = try MerkleSumTree(leaves).root
        #expect(root.hash.bytes == hash)
        #expect(root.sum == sum)
        #expect(try accumulator.root() == root)
        #expect(accumulator.count == UInt64(count))
    }

    @Test("A tree without leaves has the hash of no bytes and no money")
    func emptyTree() throws {
        let root = try MerkleSumTree([]).root
        #expect(root.hash.description == "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a")
        #expect(root.sum == 0)
        #expect(throws: OracleError.self) { try MerkleSumTree([]).proof(at: 0) }
    }

    @Test("A single leaf is its own root and needs no path")
    func singleLeaf() throws {
        let leaf = Self.leaves(1, seed: 9)[0]
        let tree = try MerkleSumTree([leaf])
        #expect(tree.root == leaf)
        let proof = try tree.proof(at: 0)
        #expect(proof.path.isEmpty)
        try proof.verify(leaf, in: tree.root, size: 1)
    }

    @Test("Every leaf of every size proves, with a path no longer than the logarithm", arguments: 1...40)
    func allProofs(count: Int) throws {
        let leaves = Self.leaves(count, seed: UInt64(count))
        let tree = try MerkleSumTree(leaves)
        for (index, leaf) in leaves.enumerated() {
            let proof = try tree.proof(at: index)
            try proof.verify(leaf, in: tree.root, size: UInt64(count))
            #expect(1 << max(0, proof.path.count - 1) <= count)
        }
    }

    // MARK: Soundness

    @Test("Any change to a proof, a leaf or a root is caught", arguments: 0..<200 as Range<UInt64>)
    func forgeries(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 2...70, using: &random)
        let leaves = Self.leaves(count, seed: seed)
        let tree = try MerkleSumTree(leaves)
        let index = Int.random(in: 0..<count, using: &random)
        var (proof, leaf, root) = (try tree.proof(at: index), leaves[index], tree.root)
        let step = Int.random(in: 0..<proof.path.count, using: &random)
        let size = UInt64(count)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: leaf.hash = random.digest()
        case 1: leaf.sum += 1
        case 2: proof.path[step].node.hash = random.digest()
        case 3: proof.path[step].node.sum += 1
        case 4: proof.path[step].side = proof.path[step].side == .left ? .right : .left
        case 5: proof.path.remove(at: step)
        case 6: proof.path.append(proof.path[step])
        case 7: root.sum -= 1
        case 8: root.hash = random.digest()
        default:
            // Move a unit between the leaf and a sibling: the total stays right, the hashes do not.
            leaf.sum += 1
            proof.path[step].node.sum -= 1
        }
        #expect(throws: OracleError.self, "seed \(seed)") { try proof.verify(leaf, in: root, size: size) }
    }

    @Test("Exchanged siblings are caught, with the sides left or exchanged too")
    func reorderedSiblings() throws {
        let leaves = Self.leaves(8, seed: 3)
        let tree = try MerkleSumTree(leaves)
        var proof = try tree.proof(at: 2)
        proof.path.swapAt(0, 1)
        #expect(throws: OracleError.self) { try proof.verify(leaves[2], in: tree.root, size: 8) }
        // The brother's proof with the leaf in the brother's place.
        let other = try tree.proof(at: 3)
        #expect(throws: OracleError.self) { try other.verify(leaves[2], in: tree.root, size: 8) }
    }

    @Test("A wrong index or size is caught", arguments: 2...33)
    func wrongPlace(count: Int) throws {
        let leaves = Self.leaves(count, seed: 5)
        let tree = try MerkleSumTree(leaves)
        for index in 0..<count {
            for claimed in 0...count where claimed != index {
                var proof = try tree.proof(at: index)
                proof.index = UInt64(claimed)
                #expect(throws: OracleError.self) {
                    try proof.verify(leaves[index], in: tree.root, size: UInt64(count))
                }
            }
            let proof = try tree.proof(at: index)
            #expect(throws: OracleError.self) {
                try proof.verify(leaves[index], in: tree.root, size: UInt64(count + 1))
            }
        }
    }

    @Test("An inner node cannot be passed off as a leaf, nor a leaf as an inner node")
    func secondPreimage() throws {
        let leaves = Self.leaves(4, seed: 11)
        let tree = try MerkleSumTree(leaves)
        // The attack on trees without domain separation: two inner nodes, presented as a tree of two leaves.
        let left = try MerkleSumNode.parent(leaves[0], leaves[1])
        let right = try MerkleSumNode.parent(leaves[2], leaves[3])
        #expect(try MerkleSumTree([left, right]).root == tree.root, "which is why the size must come from outside")
        let proof = try MerkleSumTree([left, right]).proof(at: 0)
        #expect(throws: OracleError.self) { try proof.verify(left, in: tree.root, size: 4) }
        // A verifier always makes the leaf's hash itself, from a content of 32 bytes: it never equals an inner node's.
        #expect(MerkleSumNode.leaf(left.hash, sum: left.sum) != left)
        #expect(MerkleSumNode.leaf(left.hash, sum: left.sum).hash != left.hash)
    }

    @Test("Free and unpriced are different leaves")
    func unpricedIsNotFree() {
        let content = Digest32(words: (1, 2, 3, 4))
        let (free, unpriced) = (MerkleSumNode.leaf(content, sum: 0), MerkleSumNode.unpricedLeaf(content))
        #expect(free.sum == unpriced.sum)
        #expect(free.hash != unpriced.hash)
        #expect(unpriced.hash.bytes == Array(SHA3_256.hash(data: [2] + content.bytes)))
    }

    @Test("A sum over 128 bits is refused when a tree is built and when a proof is checked")
    func overflow() throws {
        let (big, one) = (MerkleSumNode.leaf(.zero, sum: .max), MerkleSumNode.leaf(.zero, sum: 1))
        #expect(throws: OracleError.self) { try MerkleSumTree([big, one]) }
        var accumulator = MerkleSumAccumulator()
        try accumulator.append(big)
        #expect(throws: OracleError.self) { try accumulator.append(one) }
        #expect(accumulator.count == 1)
        // A forged sibling that would wrap the sum around to the true total.
        let leaf = MerkleSumNode.leaf(.zero, sum: 10)
        let forged = MerkleSumNode(hash: .zero, sum: .max - 4)
        let proof = MerkleSumProof(index: 0, size: 2, path: [.init(side: .right, node: forged)])
        #expect { try proof.root(from: leaf) } throws: { ($0 as? OracleError)?.code == .overflow }
        try accumulator.append(.leaf(.zero, sum: 0))
        #expect(try accumulator.root().sum == .max)
    }
}
