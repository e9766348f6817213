import BigInt
import Testing

@testable import Flow

@Suite("Building and signing transactions")
struct FlowTransactionTests {
    private let a = FlowAddress(rawValue: 0xA)
    private let b = FlowAddress(rawValue: 0xB)
    private let c = FlowAddress(rawValue: 0xC)

    private func transaction(authorizers: [FlowAddress]) throws -> FlowTransaction {
        try FlowTransaction(
            script: "transaction(n: Int) {}", arguments: [.int(1)],
            proposalKey: ProposalKey(address: a, keyIndex: 3, sequenceNumber: 9), payer: c, authorizers: authorizers)
    }

    @Test func `signers are proposer, payer and authorizers, each once`() throws {
        #expect(try transaction(authorizers: [b, a, b, c]).signers == [a, c, b])
        var system = try transaction(authorizers: [b])
        system.payer = .zero
        system.proposalKey.address = .zero
        #expect(system.signers == [b])
    }

    @Test func `the order in which signatures arrive does not matter`() async throws {
        let key = InMemorySigner(try .generate())
        var one = try transaction(authorizers: [b, a])
        try await one.sign(payload: key, address: b, keyIndex: 1)
        try await one.sign(payload: key, address: b, keyIndex: 0)
        try await one.sign(payload: key, address: a, keyIndex: 3)
        var other = one
        other.payloadSignatures.reverse()
        #expect(other.envelope == one.envelope)
        #expect(other.id == one.id)
        #expect(other.payloadSignatures.map(\.address) == [a, b, b])
    }

    @Test func `signing again replaces, and each signature changes the id`() async throws {
        let key = InMemorySigner(try .generate())
        var transaction = try transaction(authorizers: [])
        let unsigned = transaction.id
        try await transaction.sign(envelope: key, address: c, keyIndex: 0)
        let once = transaction.id
        transaction.envelopeSignatures[0].signature[5] ^= 1
        #expect(Set([unsigned, once, transaction.id]).count == 3)
        try await transaction.sign(envelope: key, address: c, keyIndex: 0)
        #expect(transaction.envelopeSignatures.count == 1)
        #expect(
            key.publicKey.isValidSignature(
                transaction.envelopeSignatures[0].signature, for: transaction.envelopeMessage, hash: .sha3))
    }

    @Test func `nobody signs without a role, nor the payload behind the envelope`() async throws {
        let key = InMemorySigner(try .generate())
        var transaction = try transaction(authorizers: [b])
        let stranger = FlowAddress(rawValue: 0xD)
        await #expect(throws: FlowError.self) {
            try await transaction.sign(payload: key, address: stranger, keyIndex: 0)
        }
        await #expect(throws: FlowError.self) {
            try await transaction.sign(envelope: key, address: stranger, keyIndex: 0)
        }
        try await transaction.sign(payload: key, address: b, keyIndex: 0)
        try await transaction.sign(envelope: key, address: c, keyIndex: 0)
        let signed = transaction
        let error = await #expect(throws: FlowError.self) {
            try await transaction.sign(payload: key, address: a, keyIndex: 3)
        }
        #expect(error?.code == .invalidInput)
        #expect(transaction == signed)
    }

    private struct WrongSigner: FlowSigner {
        var hashAlgorithm: HashAlgorithm { .sha3 }
        let publicKey: FlowPublicKey
        let answer: [UInt8]
        func signature(for tagged: [UInt8]) async throws(FlowError) -> [UInt8] { answer }
    }

    @Test(arguments: [
        [UInt8](repeating: 1, count: 70), [UInt8](repeating: 0, count: 64), [UInt8](repeating: 0xFF, count: 64), [],
    ])
    func `a signer that answers in another form is an error`(answer: [UInt8]) async throws {
        let signer = WrongSigner(publicKey: try FlowPrivateKey.generate().publicKey, answer: answer)
        var transaction = try transaction(authorizers: [])
        let error = await #expect(throws: FlowError.self) {
            try await transaction.sign(envelope: signer, address: c, keyIndex: 0)
        }
        #expect(error?.code == .invalidSignature)
        #expect(transaction.envelopeSignatures.isEmpty)
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `random transactions are read back, and no other bytes are`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let transaction = FlowTransaction.random(using: &random)
        let read = try FlowTransaction(encoded: transaction.encoded)
        #expect(read.encoded == transaction.encoded, "seed \(seed)")
        #expect(read.signers == transaction.signers)
        for _ in 0..<10 {
            var changed = transaction.encoded
            changed[Int.random(in: 0..<changed.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            guard let other = try? FlowTransaction(encoded: changed) else { continue }
            #expect(other.encoded == changed, "seed \(seed)")
            #expect(other.id != transaction.id)
        }
    }
}
