internal import ChainPrimitives
internal import Crypto

/// A transaction as the node received it.
public struct MockTransaction: Sendable, Hashable {
    /// A signature with the key that is said to have made it.
    public struct Signature: Sendable, Hashable {
        /// The account.
        public var address: MockAddress
        /// The key's index in the account.
        public var keyIndex: UInt32
        /// r and s, 32 bytes each.
        public var signature: [UInt8]
        /// The authentication scheme and its data (FLIP 264); empty for a plain signature.
        public var extensionData: [UInt8]
    }

    /// The Cadence code, UTF-8.
    public var script: [UInt8]
    /// The arguments: the bytes of each one's JSON-Cadence.
    public var arguments: [[UInt8]]
    /// The reference block's id: 32 bytes.
    public var referenceBlockID: [UInt8]
    /// The most computation that the transaction may use.
    public var gasLimit: UInt64
    /// The account of the proposal key.
    public var proposer: MockAddress
    /// The proposal key's index.
    public var proposalKeyIndex: UInt32
    /// The proposal key's sequence number.
    public var sequenceNumber: UInt64
    /// Who pays.
    public var payer: MockAddress
    /// Whose storage the transaction may touch.
    public var authorizers: [MockAddress]
    /// The signatures over the payload.
    public var payloadSignatures: [Signature]
    /// The signatures over payload and payload signatures.
    public var envelopeSignatures: [Signature]

    /// The code as text.
    public var scriptText: String { String(decoding: script, as: UTF8.self) }

    /// The arguments as texts.
    public var argumentTexts: [String] { arguments.map { String(decoding: $0, as: UTF8.self) } }

    /// What stays the same when the transaction is signed again: a hash of the script and its arguments.
    ///
    /// Two transactions with the same identity mean the same to the program that sends them, as long as it gives each
    /// of its transactions an argument of its own.
    public var logicalID: String {
        var encoder = RLPEncoder()
        encoder.list { encoder in
            encoder.bytes(script)
            encoder.list { encoder in for argument in arguments { encoder.bytes(argument) } }
        }
        return Hex.encode(Array(SHA3_256.hash(data: encoder.encoded)))
    }
}

// MARK: Encoding (flow-go-sdk `transaction.go`)

extension MockTransaction {
    /// The accounts that may sign, in the order in which signatures refer to them.
    var signers: [MockAddress] {
        var signers: [MockAddress] = []
        for address in [proposer, payer] + authorizers where !signers.contains(address) { signers.append(address) }
        return signers
    }

    var payload: [UInt8] {
        var encoder = RLPEncoder(capacity: script.count + 256)
        encoder.list { encoder in
            encoder.bytes(script)
            encoder.list { encoder in for argument in arguments { encoder.bytes(argument) } }
            encoder.bytes(referenceBlockID)
            encoder.integer(gasLimit)
            encoder.bytes(proposer.bytes)
            encoder.integer(proposalKeyIndex)
            encoder.integer(sequenceNumber)
            encoder.bytes(payer.bytes)
            encoder.list { encoder in for authorizer in authorizers { encoder.bytes(authorizer.bytes) } }
        }
        return encoder.encoded
    }

    var envelope: [UInt8] {
        var encoder = RLPEncoder()
        encoder.list { encoder in
            encoder.item(alreadyEncoded: payload)
            encoder.item(alreadyEncoded: encoded(payloadSignatures))
        }
        return encoder.encoded
    }

    /// The hash over everything, signatures included: 64 hexadecimal digits.
    public var id: String {
        var encoder = RLPEncoder()
        encoder.list { encoder in
            encoder.item(alreadyEncoded: payload)
            encoder.item(alreadyEncoded: encoded(payloadSignatures))
            encoder.item(alreadyEncoded: encoded(envelopeSignatures))
        }
        return Hex.encode(Array(SHA3_256.hash(data: encoder.encoded)))
    }

    private func encoded(_ signatures: [Signature]) -> [UInt8] {
        let signers = signers
        let sorted =
            signatures
            .map { (index: signers.firstIndex(of: $0.address) ?? 0, signature: $0) }
            .sorted { ($0.index, $0.signature.keyIndex) < ($1.index, $1.signature.keyIndex) }
        var encoder = RLPEncoder()
        encoder.list { encoder in
            for (index, signature) in sorted {
                encoder.list { encoder in
                    encoder.integer(UInt64(index))
                    encoder.integer(signature.keyIndex)
                    encoder.bytes(signature.signature)
                    // A plain signature has three elements, so that ids from before FLIP 264 stay what they were.
                    if signature.extensionData != [], signature.extensionData != [0] {
                        encoder.bytes(signature.extensionData)
                    }
                }
            }
        }
        return encoder.encoded
    }

    /// The size that the limit of 1,500,000 bytes is about (flow-go `model/flow/transaction.go`).
    var byteSize: Int {
        let signatures = payloadSignatures + envelopeSignatures
        return 32 + script.count + arguments.reduce(0) { $0 + $1.count } + 8 + 24 + 8 * authorizers.count
            + signatures.reduce(0) { $0 + 24 + $1.signature.count + $1.extensionData.count }
    }
}
