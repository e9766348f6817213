internal import Crypto
public import Metering

/// A node of a Merkle-sum tree: a hash, and the sum of all leaves below it.
///
/// A parent's hash covers the hashes *and* the sums of both children, so a sum cannot be changed anywhere without
/// changing the root. Leaves, nodes and leaves without a price begin with different bytes, so none can be passed off as
/// another (design §3).
public struct MerkleSumNode: Sendable, Hashable {
    /// The hash that identifies everything below.
    public var hash: Digest32
    /// The sum of the leaves below, in the leaves' unit: 10⁻¹² USD.
    public var sum: UInt128

    /// Creates a node from its parts, as they stand in a proof or a commitment.
    public init(hash: Digest32, sum: UInt128) {
        self.hash = hash
        self.sum = sum
    }

    /// The root of a tree without leaves: SHA3-256 of no bytes, and no money.
    public static let empty: MerkleSumNode = withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) {
        MerkleSumNode(hash: .sha3(UnsafeRawBufferPointer(rebasing: $0[..<0])), sum: 0)
    }

    /// A leaf: `SHA3-256(0x00 ‖ content ‖ sum as 16 bytes, big-endian)`.
    public static func leaf(_ content: Digest32, sum: UInt128) -> MerkleSumNode {
        withUnsafeTemporaryAllocation(byteCount: 49, alignment: 1) { bytes in
            bytes[0] = 0x00
            store(content, sum, in: bytes, at: 1)
            return MerkleSumNode(hash: .sha3(UnsafeRawBufferPointer(bytes)), sum: sum)
        }
    }

    /// The leaf of something that has no price yet: `SHA3-256(0x02 ‖ content)`, and no money.
    ///
    /// It is not a leaf of zero: that has another hash. So "free" and "price not known" cannot be exchanged.
    public static func unpricedLeaf(_ content: Digest32) -> MerkleSumNode {
        withUnsafeTemporaryAllocation(byteCount: 33, alignment: 1) { bytes in
            bytes[0] = 0x02
            store(content, in: bytes, at: 1)
            return MerkleSumNode(hash: .sha3(UnsafeRawBufferPointer(bytes)), sum: 0)
        }
    }

    /// The parent of two nodes: `SHA3-256(0x01 ‖ left hash ‖ left sum ‖ right hash ‖ right sum)`.
    ///
    /// - Throws: `overflow` when the sum does not fit in 128 bits. A proof that needs such a sum is a forgery.
    public static func parent(_ left: MerkleSumNode, _ right: MerkleSumNode) throws(OracleError) -> MerkleSumNode {
        let (sum, overflow) = left.sum.addingReportingOverflow(right.sum)
        guard !overflow else { throw OracleError(.overflow, "a sum in the tree does not fit in 128 bits") }
        return withUnsafeTemporaryAllocation(byteCount: 97, alignment: 1) { bytes in
            bytes[0] = 0x01
            store(left.hash, left.sum, in: bytes, at: 1)
            store(right.hash, right.sum, in: bytes, at: 49)
            return MerkleSumNode(hash: .sha3(UnsafeRawBufferPointer(bytes)), sum: sum)
        }
    }

    private static func store(
        _ hash: Digest32, _ sum: UInt128, in bytes: UnsafeMutableRawBufferPointer, at offset: Int
    ) {
        store(hash, in: bytes, at: offset)
        bytes.storeBytes(of: sum.bigEndian, toByteOffset: offset + 32, as: UInt128.self)
    }

    private static func store(_ hash: Digest32, in bytes: UnsafeMutableRawBufferPointer, at offset: Int) {
        bytes.storeBytes(of: hash.words.0.bigEndian, toByteOffset: offset, as: UInt64.self)
        bytes.storeBytes(of: hash.words.1.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
        bytes.storeBytes(of: hash.words.2.bigEndian, toByteOffset: offset + 16, as: UInt64.self)
        bytes.storeBytes(of: hash.words.3.bigEndian, toByteOffset: offset + 24, as: UInt64.self)
    }
}

extension Digest32 {
    /// SHA3-256 (FIPS 202) of `bytes`.
    static func sha3(_ bytes: UnsafeRawBufferPointer) -> Digest32 {
        var function = SHA3_256()
        function.update(bufferPointer: bytes)
        return function.finalize().withUnsafeBytes { digest in
            Digest32(
                words: (
                    UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                    UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                    UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
                    UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
                ))
        }
    }
}
