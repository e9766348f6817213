internal import ChainPrimitives

extension MockChain {
    /// Takes a transaction in, or refuses it with the text of flow-go `access/validator/errors.go`.
    ///
    /// Whether signatures are valid and sequence numbers right is found out only when it runs.
    mutating func submit(
        _ transaction: MockTransaction, isWithheld: Bool = false, isRepeated: Bool = false
    ) throws(NodeFailure) -> String {
        let id = transaction.id
        try checkForm(transaction)
        let reference = try checkReference(transaction)
        try checkSigners(transaction)
        // The same transaction again is the same transaction: it is known, and nothing else happens. It is checked all the
        // same, and refused when it is too old by now.
        if entries[id] != nil { return id }
        add(
            Entry(transaction: transaction, referenceHeight: reference, isWithheld: isWithheld, isRepeated: isRepeated),
            id: id)
        return id
    }

    private func checkForm(_ transaction: MockTransaction) throws(NodeFailure) {
        guard transaction.byteSize <= 1_500_000 else {
            throw .invalidTransaction(
                "transaction byte size (\(transaction.byteSize)) exceeds the maximum byte size allowed for a "
                    + "transaction (1500000)")
        }
        var missing: [String] = []
        if transaction.script.isEmpty { missing.append("Script") }
        if transaction.referenceBlockID.allSatisfy({ $0 == 0 }) { missing.append("ReferenceBlockID") }
        if transaction.payer.number == 0 { missing.append("Payer") }
        guard missing.isEmpty else {
            throw .invalidTransaction("transaction is missing required fields: [\(missing.joined(separator: " "))]")
        }
        guard (1...9999).contains(transaction.gasLimit) else {
            throw .invalidTransaction(
                "transaction gas limit (\(transaction.gasLimit)) is not in the acceptable range (min: 1, max: 9999)")
        }
    }

    private func checkReference(_ transaction: MockTransaction) throws(NodeFailure) -> UInt64 {
        guard let block = block(id: Hex.encode(transaction.referenceBlockID)) else {
            throw .invalidTransaction("unknown reference block")
        }
        guard finalHeight - block.height <= UInt64(settings.expiryBlocks - settings.expiryBuffer) else {
            throw .invalidTransaction("transaction is expired: ref_height=\(block.height) final_height=\(finalHeight)")
        }
        guard CadenceSource.isParsable(transaction.script) else {
            throw .invalidTransaction("failed to parse transaction Cadence script: Parsing failed")
        }
        return block.height
    }

    /// In flow-go's order: what more than one rule forbids is refused for the first of them.
    private func checkSigners(_ transaction: MockTransaction) throws(NodeFailure) {
        for address in transaction.authorizers + [transaction.payer] where !address.isValid(on: settings.network) {
            throw .invalidTransaction("invalid address: \(address)")
        }
        try checkExtensions(transaction.payloadSignatures, over: transaction.payload)
        try checkExtensions(transaction.envelopeSignatures, over: transaction.envelope)
        let signatures = transaction.payloadSignatures + transaction.envelopeSignatures
        for signature in signatures where !SignatureCheck.isWellFormed(signature.signature) {
            throw .invalidTransaction(
                "the cryptographic signature within the transaction signature has an invalid format: "
                    + "\(signature.address) \(signature.keyIndex)")
        }
        var seen: Set<MockTransaction.Signature> = []
        for signature in signatures {
            let key = MockTransaction.Signature(
                address: signature.address, keyIndex: signature.keyIndex, signature: [], extensionData: [])
            guard seen.insert(key).inserted else {
                throw .invalidTransaction(
                    "duplicated signature for key (address: \(signature.address), index: \(signature.keyIndex))")
            }
        }
        for signature in signatures where !transaction.signers.contains(signature.address) {
            throw .invalidTransaction("unrelated account signature from address: \(signature.address)")
        }
        try checkPresence(transaction)
    }

    private func checkExtensions(
        _ signatures: [MockTransaction.Signature], over message: [UInt8]
    ) throws(NodeFailure) {
        for signature in signatures where !WebAuthn.isValid(signature.extensionData, message: message) {
            throw .invalidTransaction(
                "the transaction signature has invalid extension data: \(Hex.encode(signature.extensionData))")
        }
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
        .invalidTransaction("\(what): missing signature is from account \(address)")
    }
}
