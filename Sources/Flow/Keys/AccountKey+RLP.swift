internal import ChainPrimitives

extension AccountKey {
    /// The key as old account templates take it: RLP of public key, curve, hash and weight.
    public var encoded: [UInt8] {
        var encoder = RLPEncoder()
        encoder.list { encoder in
            encoder.bytes(publicKey.rawRepresentation)
            encoder.integer(publicKey.algorithm.code)
            encoder.integer(hashAlgorithm.code)
            encoder.integer(weight)
        }
        return encoder.encoded
    }
}
