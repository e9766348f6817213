internal import ChainPrimitives

/// What an intent asks for, as a hash that stays the same however often its transaction is signed anew.
///
/// It covers the script, the arguments' bytes, the gas limit, and the accounts that authorize. It does not cover who
/// proposes and who pays: keys and payers may be exchanged while an intent is on its way.
public struct IntentDigest: Sendable, Hashable {
    private let hash: FlowIdentifier

    /// The digest of an intent whose transactions these accounts authorize.
    public init(_ intent: TransactionIntent, authorizers: [FlowAddress]) {
        var encoder = RLPEncoder()
        encoder.list { encoder in
            encoder.bytes(intent.script.utf8)
            encoder.list { encoder in for argument in intent.arguments { encoder.bytes(argument) } }
            encoder.integer(intent.gasLimit)
            encoder.list { encoder in for authorizer in authorizers { encoder.bytes(authorizer.bytes) } }
        }
        hash = FlowIdentifier(hash: HashAlgorithm.sha3.digest(of: encoder.encoded))
    }

    /// The digest from its 32 bytes, as a storage keeps it.
    public init(bytes: some Collection<UInt8>) throws(FlowError) { hash = try FlowIdentifier(bytes: bytes) }

    /// The 32 bytes.
    public var bytes: [UInt8] { hash.bytes }

    /// Throws ``FlowError/Code/intentConflict`` unless an intent with the same key asks for the same.
    func check(_ other: IntentDigest, key: String) throws(FlowError) {
        guard self != other else { return }
        throw FlowError(
            .intentConflict,
            "the key '\(key.prefix(80))' stands for an intent with another script, arguments, gas limit or authorizers: "
                + "nothing was sent; give the new intent a key of its own")
    }
}
