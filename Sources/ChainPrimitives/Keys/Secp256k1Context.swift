internal import CSecp256k1

/// libsecp256k1's precomputed tables, made once for the process.
///
/// Unchecked: the library promises that a context may be used by many threads at once as long as none of them changes
/// it (secp256k1.h, "context objects"), and after `init` nothing here takes it as other than `const`.
final class Secp256k1Context: @unchecked Sendable {
    static let shared = Secp256k1Context()

    let pointer: OpaquePointer

    private init() {
        pointer = secp256k1_context_create(UInt32(SECP256K1_FLAGS_TYPE_CONTEXT))
        // Blinds signing against side channels. It cannot fail with a seed of 32 bytes.
        let seed = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        _ = secp256k1_context_randomize(pointer, seed)
    }
}
