internal import Crypto

extension Digest32 {
    /// SHA3-256 (FIPS 202) of `bytes`.
    static func sha3(_ bytes: [UInt8]) -> Digest32 {
        var function = SHA3_256()
        bytes.withUnsafeBytes { function.update(bufferPointer: $0) }
        return function.finalize().withUnsafeBytes(Digest32.init(digest:))
    }

    /// SHA-256 (FIPS 180-4) of `bytes`.
    static func sha2(_ bytes: [UInt8]) -> Digest32 {
        var function = SHA256()
        bytes.withUnsafeBytes { function.update(bufferPointer: $0) }
        return function.finalize().withUnsafeBytes(Digest32.init(digest:))
    }

    /// Reads the 32 bytes of a finished hash.
    private init(digest: UnsafeRawBufferPointer) {
        self.init(
            words: (
                UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
                UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
            ))
    }
}
