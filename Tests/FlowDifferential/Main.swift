import ChainPrimitives
import Flow
import FoundationEssentials

/// Encodes, verifies and signs what another SDK describes, one JSON object a line, and answers with one a line.
///
/// `Tests/Acceptance/flow_py_sdk_differential.py` compares the answers with what flow-py-sdk computes.
@main
enum Main {
    struct Signature: Codable {
        var address: String
        var keyIndex: UInt32
        var signature: String
    }

    struct Key: Codable {
        var algorithm: String
        var hash: String
        var publicKey: String
        var privateKey: String
    }

    struct Question: Codable {
        var script: String
        var arguments: [String]
        var referenceBlock: String
        var gasLimit: UInt64
        var proposer: String
        var keyIndex: UInt32
        var sequenceNumber: UInt64
        var payer: String
        var authorizers: [String]
        var payloadSignatures: [Signature]
        var payloadKeys: [Key]
        /// The payer's keys, and their indices in the order in which they sign.
        var envelopeKeys: [Key]
        var envelopeKeyIndices: [UInt32]
        var weight: UInt32
        var message: String
    }

    struct Answer: Codable {
        var payload: String
        var envelope: String
        var id: String
        var envelopeSignatures: [String]
        var userSignatures: [String]
        var areSignaturesValid: [Bool]
        var publicKeys: [String]
        var accountKeys: [String]
        var arguments: [String]
    }

    static func main() async throws {
        while let line = readLine() {
            let question = try JSONDecoder().decode(Question.self, from: Data(line.utf8))
            let answer = try await answer(question)
            print(String(decoding: try JSONEncoder().encode(answer), as: UTF8.self))
        }
    }

    private static func answer(_ question: Question) async throws -> Answer {
        var transaction = FlowTransaction(
            script: question.script, encodedArguments: question.arguments.map { Array($0.utf8) },
            referenceBlockID: try FlowIdentifier(question.referenceBlock), gasLimit: question.gasLimit,
            proposalKey: ProposalKey(
                address: try FlowAddress(question.proposer), keyIndex: question.keyIndex,
                sequenceNumber: question.sequenceNumber),
            payer: try FlowAddress(question.payer),
            authorizers: try question.authorizers.map { try FlowAddress($0) })
        transaction.payloadSignatures = try question.payloadSignatures.map { signature in
            TransactionSignature(
                address: try FlowAddress(signature.address), keyIndex: signature.keyIndex,
                signature: try Hex.decode(signature.signature))
        }
        let areValid = try zip(question.payloadSignatures, question.payloadKeys).map { signature, key in
            try publicKey(key).isValidSignature(
                try Hex.decode(signature.signature), for: transaction.payloadMessage, hash: try hash(key))
        }
        let signers = try question.envelopeKeys.map { key in
            InMemorySigner(try FlowPrivateKey(try algorithm(key), hex: key.privateKey), hash: try hash(key))
        }
        var userSignatures: [[UInt8]] = []
        for (signer, index) in zip(signers, question.envelopeKeyIndices) {
            try await transaction.sign(envelope: signer, address: transaction.payer, keyIndex: index)
            userSignatures.append(try await signer.userSignature(for: Array(question.message.utf8)))
        }
        let accountKeys = signers.map { signer in
            AccountKey(
                index: 0, publicKey: signer.publicKey, hashAlgorithm: signer.hashAlgorithm, weight: question.weight)
        }
        return Answer(
            payload: Hex.encode(transaction.payload), envelope: Hex.encode(transaction.envelope),
            id: transaction.id.description,
            envelopeSignatures: transaction.envelopeSignatures.map { Hex.encode($0.signature) },
            userSignatures: userSignatures.map(Hex.encode), areSignaturesValid: areValid,
            publicKeys: signers.map(\.publicKey.hex), accountKeys: accountKeys.map { Hex.encode($0.encoded) },
            arguments: try question.arguments.map { try CadenceValue(json: $0).jsonText() })
    }

    struct UnknownAlgorithm: Error {}

    private static func algorithm(_ key: Key) throws -> SignatureAlgorithm {
        guard let algorithm = SignatureAlgorithm(name: key.algorithm) else { throw UnknownAlgorithm() }
        return algorithm
    }

    private static func hash(_ key: Key) throws -> HashAlgorithm {
        guard let hash = HashAlgorithm(name: key.hash) else { throw UnknownAlgorithm() }
        return hash
    }

    private static func publicKey(_ key: Key) throws -> FlowPublicKey {
        try FlowPublicKey(try algorithm(key), hex: key.publicKey)
    }
}
