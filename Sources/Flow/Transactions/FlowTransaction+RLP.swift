internal import ChainPrimitives

extension FlowTransaction {
    /// The payload's RLP: everything but signatures.
    public var payload: [UInt8] {
        var encoder = RLPEncoder(capacity: size)
        encodePayload(to: &encoder)
        return encoder.encoded
    }

    /// The envelope's RLP: the payload and the signatures over it.
    public var envelope: [UInt8] {
        var encoder = RLPEncoder(capacity: size)
        let signers = signers
        encoder.list { encoder in
            encodePayload(to: &encoder)
            Self.encode(payloadSignatures, signers, to: &encoder)
        }
        return encoder.encoded
    }

    /// The whole transaction's RLP, of which the id is the hash.
    public var encoded: [UInt8] {
        var encoder = RLPEncoder(capacity: size)
        let signers = signers
        encoder.list { encoder in
            encodePayload(to: &encoder)
            Self.encode(payloadSignatures, signers, to: &encoder)
            Self.encode(envelopeSignatures, signers, to: &encoder)
        }
        return encoder.encoded
    }

    /// About how many bytes the encoding has.
    private var size: Int {
        script.utf8.count + arguments.reduce(160) { $0 + $1.count + 4 } + authorizers.count * 9
            + (payloadSignatures + envelopeSignatures).reduce(0) {
                $0 + $1.signature.count + $1.extensionData.count + 16
            }
    }

    private func encodePayload(to encoder: inout RLPEncoder) {
        encoder.list { encoder in
            encoder.bytes(script.utf8)
            encoder.list { encoder in for argument in arguments { encoder.bytes(argument) } }
            encoder.bytes(referenceBlockID.bytes)
            encoder.integer(gasLimit)
            encoder.bytes(proposalKey.address.bytes)
            encoder.integer(proposalKey.keyIndex)
            encoder.integer(proposalKey.sequenceNumber)
            encoder.bytes(payer.bytes)
            encoder.list { encoder in for authorizer in authorizers { encoder.bytes(authorizer.bytes) } }
        }
    }

    /// Signatures sorted by the signer's number and the key's index.
    ///
    /// A signature of an account that is no signer stands last, under a number that no signer has; nodes refuse it.
    private static func encode(
        _ signatures: [TransactionSignature], _ signers: [FlowAddress], to encoder: inout RLPEncoder
    ) {
        let numbered = signatures.map { (number: signers.firstIndex(of: $0.address) ?? signers.count, $0) }
        let sorted = numbered.enumerated().sorted { one, other in
            (one.element.number, one.element.1.keyIndex, one.offset)
                < (other.element.number, other.element.1.keyIndex, other.offset)
        }
        encoder.list { encoder in
            for (_, (number, signature)) in sorted {
                encoder.list { encoder in
                    encoder.integer(UInt64(number))
                    encoder.integer(signature.keyIndex)
                    encoder.bytes(signature.signature)
                    if !signature.isPlain { encoder.bytes(signature.extensionData) }
                }
            }
        }
    }

    /// Reads the RLP of a whole transaction.
    ///
    /// - Throws: ``FlowError/Code/malformedValue`` for anything but the one encoding of a transaction.
    public init(encoded bytes: [UInt8]) throws(FlowError) {
        do throws(ChainPrimitivesError) {
            var reader = RLPReader(bytes)
            var whole = try reader.list()
            try reader.finish()
            self = try Self.payload(&whole)
            let signers = signers
            payloadSignatures = try Self.signatures(&whole, signers)
            envelopeSignatures = try Self.signatures(&whole, signers)
            try whole.finish()
        } catch {
            throw FlowError(
                .malformedValue, "not the encoding of a transaction: \(error.message)", offset: error.offset)
        }
        guard encoded == bytes else {
            throw FlowError(.malformedValue, "the signatures of the transaction are out of order")
        }
    }

    private static func payload(_ whole: inout RLPReader) throws(ChainPrimitivesError) -> FlowTransaction {
        var payload = try whole.list()
        let script = try payload.bytes()
        guard let text = String(validating: script, as: UTF8.self) else {
            throw ChainPrimitivesError(.malformedRLP, "the script is not UTF-8")
        }
        var list = try payload.list()
        var arguments: [[UInt8]] = []
        while !list.isAtEnd { arguments.append(try list.bytes()) }
        let block = FlowIdentifier(hash: try payload.bytes(count: 32))
        let gasLimit = try payload.integer(UInt64.self)
        let proposalKey = ProposalKey(
            address: try address(&payload), keyIndex: try payload.integer(), sequenceNumber: try payload.integer())
        let payer = try address(&payload)
        var authorizers: [FlowAddress] = []
        list = try payload.list()
        while !list.isAtEnd { authorizers.append(try address(&list)) }
        try payload.finish()
        return FlowTransaction(
            script: text, encodedArguments: arguments, referenceBlockID: block, gasLimit: gasLimit,
            proposalKey: proposalKey, payer: payer, authorizers: authorizers)
    }

    private static func address(_ reader: inout RLPReader) throws(ChainPrimitivesError) -> FlowAddress {
        FlowAddress(rawValue: try reader.bytes(count: 8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    private static func signatures(
        _ whole: inout RLPReader, _ signers: [FlowAddress]
    ) throws(ChainPrimitivesError) -> [TransactionSignature] {
        var list = try whole.list()
        var signatures: [TransactionSignature] = []
        while !list.isAtEnd {
            var item = try list.list()
            let number = try item.integer(UInt32.self)
            guard number < signers.count else {
                throw ChainPrimitivesError(.malformedRLP, "a signature of an account that is no signer")
            }
            let keyIndex = try item.integer(UInt32.self)
            let signature = try item.bytes()
            let extensionData = item.isAtEnd ? [] : try item.bytes()
            try item.finish()
            signatures.append(
                TransactionSignature(
                    address: signers[Int(number)], keyIndex: keyIndex, signature: signature,
                    extensionData: extensionData))
        }
        return signatures
    }
}
