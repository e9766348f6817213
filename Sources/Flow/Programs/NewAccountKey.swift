/// A key that an account is to get.
public struct NewAccountKey: Sendable, Hashable {
    /// The public key.
    public var publicKey: FlowPublicKey
    /// The hash that its signatures are made with.
    public var hashAlgorithm: HashAlgorithm
    /// How much a signature of this key counts, of the 1000 that are needed; a key of weight 0 can only propose.
    public var weight: UInt32

    /// Creates a key.
    public init(
        _ publicKey: FlowPublicKey, hash: HashAlgorithm = .sha3, weight: UInt32 = AccountKey.threshold
    ) {
        self.publicKey = publicKey
        hashAlgorithm = hash
        self.weight = weight
    }
}

extension [NewAccountKey] {
    /// The keys as the arguments of a program: public keys, curves, hashes and weights, each in a list.
    ///
    /// Curves and hashes are the raw values of Cadence's enumerations, which differ from the codes of account keys
    /// (cadence `sema/crypto_algorithm_types.go`).
    var arguments: [CadenceValue] {
        get throws(FlowError) {
            guard !isEmpty else { throw FlowError(.invalidInput, "there are no keys to add") }
            guard allSatisfy({ $0.weight <= AccountKey.threshold }) else {
                throw FlowError(.invalidInput, "a key weighs 0 to \(AccountKey.threshold)")
            }
            return [
                .array(map { .string($0.publicKey.hex) }),
                .array(map { .uint8($0.publicKey.algorithm.cadenceRawValue) }),
                .array(map { .uint8($0.hashAlgorithm.code) }),
                .array(map { .ufix64(UFix64(scaled: UInt64($0.weight) * UFix64.one)) }),
            ]
        }
    }
}
