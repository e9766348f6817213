internal import ChainPrimitives

extension MockChain {
    /// Takes a transaction in, or refuses it with the text of flow-go `access/validator/errors.go`.
    ///
    /// Whether signatures are valid and sequence numbers right is found out only when it runs.
    mutating func submit(_ transaction: MockTransaction, isWithheld: Bool = false) throws(NodeFailure) -> String {
        let id = transaction.id
        // The same transaction again is the same transaction: it is known, and nothing else happens.
        if entries[id] != nil { return id }
        try checkForm(transaction)
        let reference = try checkReference(transaction)
        try checkSigners(transaction)
        add(Entry(transaction: transaction, referenceHeight: reference, isWithheld: isWithheld), id: id)
        return id
    }

    private func checkForm(_ transaction: MockTransaction) throws(NodeFailure) {
        guard transaction.byteSize <= 1_500_000 else {
            throw .invalid(
                "transaction byte size (\(transaction.byteSize)) exceeds the maximum byte size allowed for a "
                    + "transaction (1500000)")
        }
        var missing: [String] = []
        if transaction.script.isEmpty { missing.append("Script") }
        if transaction.referenceBlockID.allSatisfy({ $0 == 0 }) { missing.append("ReferenceBlockID") }
        if transaction.payer.number == 0 { missing.append("Payer") }
        guard missing.isEmpty else {
            throw .invalid("transaction is missing required fields: [\(missing.joined(separator: " "))]")
        }
        guard (1...9999).contains(transaction.gasLimit) else {
            throw .invalid(
                "transaction gas limit (\(transaction.gasLimit)) is not in the acceptable range (min: 1, max: 9999)")
        }
    }

    private func checkReference(_ transaction: MockTransaction) throws(NodeFailure) -> UInt64 {
        guard let block = block(id: Hex.encode(transaction.referenceBlockID)) else {
            throw .invalid("transaction has invalid reference block: block not found")
        }
        guard finalHeight - block.height <= UInt64(settings.expiryBlocks - settings.expiryBuffer) else {
            throw .invalid("transaction is expired: ref_height=\(block.height) final_height=\(finalHeight)")
        }
        guard CadenceSource.isParsable(transaction.script) else {
            throw .invalid("failed to parse transaction Cadence script: Parsing failed")
        }
        return block.height
    }

    private func checkSigners(_ transaction: MockTransaction) throws(NodeFailure) {
        for address in transaction.signers where !address.isValid(on: settings.network) {
            throw .invalid("invalid address: \(address)")
        }
        var seen: Set<MockTransaction.Signature> = []
        for signature in transaction.payloadSignatures + transaction.envelopeSignatures {
            let key = MockTransaction.Signature(
                address: signature.address, keyIndex: signature.keyIndex, signature: [], extensionData: [])
            guard seen.insert(key).inserted else {
                throw .invalid(
                    "duplicated signature for key (address: \(signature.address), index: \(signature.keyIndex))")
            }
            guard transaction.signers.contains(signature.address) else {
                throw .invalid("unrelated account signature from address: \(signature.address)")
            }
            guard SignatureCheck.isWellFormed(signature.signature) else {
                throw .invalid(
                    "the cryptographic signature within the transaction signature has an invalid format: "
                        + "\(signature.address) \(signature.keyIndex)")
            }
            guard WebAuthn.isWellFormed(signature.extensionData) else {
                throw .invalid(
                    "the transaction signature has invalid extension data: \(Hex.encode(signature.extensionData))")
            }
        }
        try checkPresence(transaction)
    }

    private func checkPresence(_ transaction: MockTransaction) throws(NodeFailure) {
        let envelope = Set(transaction.envelopeSignatures.map(\.address))
        let payload = Set(transaction.payloadSignatures.map(\.address))
        guard envelope.contains(transaction.payer) else {
            throw missing(transaction.payer, "payer envelope signature is missing")
        }
        if !envelope.contains(transaction.proposer), !payload.contains(transaction.proposer) {
            throw missing(transaction.proposer, "proposer signature is missing")
        }
        for address in transaction.authorizers where address != transaction.payer && !payload.contains(address) {
            throw missing(address, "authorizer payload signature is missing")
        }
    }

    private func missing(_ address: MockAddress, _ what: String) -> NodeFailure {
        .invalid("\(what): missing signature is from account \(address)")
    }
}
