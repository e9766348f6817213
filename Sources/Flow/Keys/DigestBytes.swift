internal import Crypto

/// A digest that swift-crypto has no type for, such as Keccak-256, in the form in which it takes digests.
struct DigestBytes: Digest {
    static let byteCount = 32
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var description: String { "Keccak-256 digest" }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBytes(body)
    }

    func makeIterator() -> IndexingIterator<[UInt8]> { bytes.makeIterator() }
}
