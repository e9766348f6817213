internal import ChainPrimitives

/// A transaction, from its script to its signatures.
///
/// Its ``id`` is known before it is sent, and covers every byte, signatures included. Arguments are kept as the exact
/// bytes of their JSON-Cadence text, because the id depends on them.
///
/// Who signs what: the payer signs the envelope; the proposer and every authorizer that is not the payer sign the payload
/// before. ``sign(payload:address:keyIndex:)`` and ``sign(envelope:address:keyIndex:)`` do it.
public struct FlowTransaction: Sendable, Hashable {
    /// The Cadence source, imports with addresses.
    public var script: String
    /// The arguments, each as JSON-Cadence text.
    public private(set) var arguments: [[UInt8]]
    /// The block from which the transaction's life of 600 blocks counts.
    public var referenceBlockID: FlowIdentifier
    /// The most computation it may use: 1 to 9999.
    public var gasLimit: UInt64
    /// The key whose sequence number it uses up.
    public var proposalKey: ProposalKey
    /// The account that pays the fees; ``FlowAddress/zero`` for the chain's own transactions.
    public var payer: FlowAddress
    /// The accounts that the script's `prepare` is given, in its order.
    public var authorizers: [FlowAddress]
    /// Signatures over the payload.
    public var payloadSignatures: [TransactionSignature]
    /// Signatures over the envelope: the payload and its signatures.
    public var envelopeSignatures: [TransactionSignature]

    /// The highest gas limit that access nodes take.
    public static let maximumGasLimit: UInt64 = 9999

    /// Creates a transaction whose arguments are encoded already.
    public init(
        script: String, encodedArguments: [[UInt8]], referenceBlockID: FlowIdentifier = .zero,
        gasLimit: UInt64 = FlowTransaction.maximumGasLimit, proposalKey: ProposalKey, payer: FlowAddress,
        authorizers: [FlowAddress] = [], payloadSignatures: [TransactionSignature] = [],
        envelopeSignatures: [TransactionSignature] = []
    ) {
        self.script = script
        arguments = encodedArguments
        self.referenceBlockID = referenceBlockID
        self.gasLimit = gasLimit
        self.proposalKey = proposalKey
        self.payer = payer
        self.authorizers = authorizers
        self.payloadSignatures = payloadSignatures
        self.envelopeSignatures = envelopeSignatures
    }

    /// Creates a transaction without signatures.
    ///
    /// - Throws: ``FlowError/Code/malformedValue`` for an argument out of its type's range.
    public init(
        script: String, arguments: [CadenceValue] = [], referenceBlockID: FlowIdentifier = .zero,
        gasLimit: UInt64 = FlowTransaction.maximumGasLimit, proposalKey: ProposalKey, payer: FlowAddress,
        authorizers: [FlowAddress] = []
    ) throws(FlowError) {
        var encoded: [[UInt8]] = []
        for argument in arguments { encoded.append(try argument.json()) }
        self.init(
            script: script, encodedArguments: encoded, referenceBlockID: referenceBlockID, gasLimit: gasLimit,
            proposalKey: proposalKey, payer: payer, authorizers: authorizers)
    }

    // MARK: What is signed

    /// The bytes that the proposer and the authorizers sign, tag included.
    public var payloadMessage: [UInt8] { DomainTag.transaction.bytes + payload }

    /// The bytes that the payer signs, tag included.
    public var envelopeMessage: [UInt8] { DomainTag.transaction.bytes + envelope }

    /// The transaction's id: SHA3-256 of its whole encoding.
    public var id: FlowIdentifier { FlowIdentifier(hash: HashAlgorithm.sha3.digest(of: encoded)) }

    /// Adds a signature over the payload, in place of one by the same key.
    ///
    /// - Throws: ``FlowError/Code/invalidInput`` when the account has no role in the transaction, or when the envelope,
    ///   which covers this signature, is signed already; and what the signer throws.
    public mutating func sign(
        payload signer: any FlowSigner, address: FlowAddress, keyIndex: UInt32
    ) async throws(FlowError) {
        guard envelopeSignatures.isEmpty else {
            throw FlowError(
                .invalidInput, "the envelope is signed already: payload signatures come first, the payer's last")
        }
        try await add(signer, payloadMessage, address, keyIndex, to: \.payloadSignatures)
    }

    /// Adds a signature over the envelope, in place of one by the same key; the payload's signatures must all be there
    /// before.
    ///
    /// - Throws: ``FlowError/Code/invalidInput`` when the account has no role in the transaction; and what the signer
    ///   throws.
    public mutating func sign(
        envelope signer: any FlowSigner, address: FlowAddress, keyIndex: UInt32
    ) async throws(FlowError) {
        try await add(signer, envelopeMessage, address, keyIndex, to: \.envelopeSignatures)
    }

    private mutating func add(
        _ signer: any FlowSigner, _ message: [UInt8], _ address: FlowAddress, _ keyIndex: UInt32,
        to list: WritableKeyPath<FlowTransaction, [TransactionSignature]>
    ) async throws(FlowError) {
        guard signers.contains(address) else {
            throw FlowError(
                .invalidInput, "\(address) cannot sign: it is neither proposer nor payer nor authorizer")
        }
        let signature = try await signer.signature(for: message)
        guard ECDSASignature.isWellFormed(signature, for: signer.publicKey.algorithm) else {
            throw FlowError(
                .invalidSignature,
                "the signer answered with \(signature.count) bytes that are no r and s of 32 bytes each, in range")
        }
        self[keyPath: list].removeAll { $0.address == address && $0.keyIndex == keyIndex }
        self[keyPath: list].append(TransactionSignature(address: address, keyIndex: keyIndex, signature: signature))
    }

    /// The accounts that sign, in the order of their numbers in the encoding: proposer, payer, authorizers.
    public var signers: [FlowAddress] {
        var signers: [FlowAddress] = []
        for address in [proposalKey.address, payer] + authorizers
        where address != .zero && !signers.contains(address) { signers.append(address) }
        return signers
    }
}
