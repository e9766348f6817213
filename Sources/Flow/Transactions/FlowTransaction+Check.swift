extension FlowTransaction {
    /// The most bytes of a transaction that access nodes take, counted as ``byteCount`` does.
    public static let maximumByteCount = 1_500_000

    /// How large the transaction is for the access nodes' limit (flow-go `model/flow/transaction.go`).
    public var byteCount: Int {
        let signatures = payloadSignatures + envelopeSignatures
        return script.utf8.count + arguments.reduce(0) { $0 + $1.count } + 32 + 8 + 24 + 8 * authorizers.count
            + signatures.reduce(0) { $0 + 24 + $1.signature.count + $1.extensionData.count }
    }

    /// Throws for what an access node would refuse, without asking one (flow-go `access/validator`).
    ///
    /// This is everything that the signed transaction shows by itself. Whether the reference block is young enough, and
    /// whether the script can be parsed, only a node knows; whether the signatures are those of the accounts' keys,
    /// ``verifySignatures(keys:)`` tells.
    ///
    /// - Parameter chain: The chain that the addresses must belong to, if it is known here.
    /// - Throws: ``FlowError/Code/invalidInput``, or ``FlowError/Code/invalidSignature``.
    public func check(on chain: FlowChain? = nil) throws(FlowError) {
        let missing = [
            ("script", script.isEmpty), ("reference block", referenceBlockID == .zero), ("payer", payer == .zero),
        ].filter(\.1).map(\.0)
        guard missing.isEmpty else { throw refusal("it has no \(missing.joined(separator: " and no "))") }
        let isExempt = chain.map { $0.serviceAddress == payer } ?? false
        guard gasLimit >= 1, isExempt || gasLimit <= Self.maximumGasLimit else {
            throw refusal("its gas limit is from 1 to \(Self.maximumGasLimit), not \(gasLimit)")
        }
        let limit = FlowClient.transactionListLimit
        guard arguments.count <= limit, authorizers.count <= limit else {
            throw refusal("it has at most \(limit) arguments and as many authorizers")
        }
        guard byteCount <= Self.maximumByteCount else {
            throw refusal("it has at most \(Self.maximumByteCount) bytes, not \(byteCount)")
        }
        if let chain { for signer in signers { try chain.check(signer) } }
        try checkSigners()
        for signature in payloadSignatures { try Self.check(signature, over: payloadMessage) }
        for signature in envelopeSignatures { try Self.check(signature, over: envelopeMessage) }
    }

    /// Each key signs once, everybody who must sign has signed, and nobody else.
    private func checkSigners() throws(FlowError) {
        var seen: Set<[UInt64]> = []
        for signature in payloadSignatures + envelopeSignatures {
            guard seen.insert([signature.address.rawValue, UInt64(signature.keyIndex)]).inserted else {
                throw refusal("key \(signature.keyIndex) of \(signature.address) signs twice")
            }
            guard signers.contains(signature.address) else {
                throw refusal("\(signature.address) signs it without being proposer, payer or authorizer")
            }
        }
        guard envelopeSignatures.contains(where: { $0.address == payer }) else {
            throw refusal("its payer \(payer) has not signed the envelope")
        }
        for authorizer in authorizers where authorizer != payer {
            guard payloadSignatures.contains(where: { $0.address == authorizer }) else {
                throw refusal("its authorizer \(authorizer) has not signed the payload")
            }
        }
        guard
            (payloadSignatures + envelopeSignatures).contains(where: {
                $0.address == proposalKey.address && $0.keyIndex == proposalKey.keyIndex
            })
        else { throw refusal("its proposal key, \(proposalKey.keyIndex) of \(proposalKey.address), has not signed") }
    }

    private static func check(_ signature: TransactionSignature, over message: [UInt8]) throws(FlowError) {
        guard SignatureAlgorithm.allCases.contains(where: { ECDSASignature.isWellFormed(signature.signature, for: $0) })
        else {
            throw FlowError(
                .invalidSignature,
                "the signature of key \(signature.keyIndex) of \(signature.address) is no r and s of 32 bytes each")
        }
        _ = try signature.signedMessage(message)
    }

    private func refusal(_ reason: String) -> FlowError {
        FlowError(.invalidInput, "the transaction cannot be sent: \(reason)")
    }

    /// Throws unless the signatures are those that the chain asks for before it runs a transaction (flow-go
    /// `fvm/transactionVerifier.go`).
    ///
    /// Each is valid under a key of its account that is not revoked, the keys of the payer and of each authorizer weigh
    /// enough together, and the proposal key is among those that signed. Passkeys' signatures are checked as well.
    ///
    /// - Parameter keys: The keys of all accounts that sign, as ``FlowClient`` reads them.
    /// - Throws: ``FlowError/Code/invalidSignature``, or ``FlowError/Code/invalidInput`` when somebody has not signed, or has
    ///   signed who should not.
    public func verifySignatures(keys: [FlowAddress: [AccountKey]]) throws(FlowError) {
        try checkSigners()
        let payload = try weights(payloadSignatures, payloadMessage, keys)
        let envelope = try weights(envelopeSignatures, envelopeMessage, keys)
        for address in [payer] + authorizers {
            let weight = (address == payer ? envelope : payload)[address] ?? 0
            guard weight >= AccountKey.threshold else {
                throw FlowError(
                    .invalidSignature,
                    "the keys that signed for \(address) weigh \(weight), and \(AccountKey.threshold) is needed")
            }
        }
    }

    private func weights(
        _ signatures: [TransactionSignature], _ message: [UInt8], _ keys: [FlowAddress: [AccountKey]]
    ) throws(FlowError) -> [FlowAddress: UInt32] {
        var weights: [FlowAddress: UInt32] = [:]
        for signature in signatures {
            let name = "key \(signature.keyIndex) of \(signature.address)"
            guard let key = keys[signature.address]?.first(where: { $0.index == signature.keyIndex }) else {
                throw FlowError(.invalidSignature, "there is no \(name)")
            }
            guard !key.isRevoked else { throw FlowError(.invalidSignature, "\(name) is revoked") }
            let signed = try signature.signedMessage(message)
            guard key.publicKey.isValidSignature(signature.signature, for: signed, hash: key.hashAlgorithm) else {
                throw FlowError(.invalidSignature, "the signature of \(name) is not valid")
            }
            weights[signature.address, default: 0] += min(key.weight, AccountKey.threshold)
        }
        return weights
    }
}

extension TransactionSignature {
    /// The bytes that the key signed: the message, or what a passkey made of it.
    func signedMessage(_ message: [UInt8]) throws(FlowError) -> [UInt8] {
        guard !isPlain else { return message }
        let webAuthn = try WebAuthn(extensionData: extensionData)
        try webAuthn.check(for: message)
        return webAuthn.signedMessage
    }
}
