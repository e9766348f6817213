import Testing

@testable import Flow

@Suite("Checking transactions before they are sent")
struct TransactionCheckTests {
    private let chain = FlowChain.emulator
    private let proposer: FlowAddress
    private let payer: FlowAddress
    private let authorizer: FlowAddress
    private let signers: [InMemorySigner]
    private let keys: [FlowAddress: [AccountKey]]

    init() throws {
        proposer = try chain.address(index: 5)
        payer = try chain.address(index: 6)
        authorizer = try chain.address(index: 7)
        signers = [
            InMemorySigner(try .generate(.ecdsaP256), hash: .sha3),
            InMemorySigner(try .generate(.ecdsaSecp256k1), hash: .sha2),
        ]
        func key(_ index: UInt32, _ signer: InMemorySigner, _ weight: UInt32) -> AccountKey {
            AccountKey(
                index: index, publicKey: signer.publicKey, hashAlgorithm: signer.hashAlgorithm, weight: weight)
        }
        keys = [
            proposer: [key(3, signers[1], 0)], payer: [key(0, signers[0], 1000)],
            authorizer: [key(0, signers[0], 500), key(1, signers[1], 500)],
        ]
    }

    /// Proposer, payer and an authorizer with two keys, all of them signed.
    private func transaction(
        _ change: (inout FlowTransaction) -> Void = { _ in }
    ) async throws -> FlowTransaction {
        var transaction = try FlowTransaction(
            script: "transaction {}", arguments: ["x"], referenceBlockID: FlowIdentifier(bytes: 1...32),
            proposalKey: ProposalKey(address: proposer, keyIndex: 3, sequenceNumber: 9), payer: payer,
            authorizers: [authorizer])
        change(&transaction)
        try await transaction.sign(payload: signers[1], address: proposer, keyIndex: 3)
        try await transaction.sign(payload: signers[1], address: authorizer, keyIndex: 1)
        try await transaction.sign(payload: signers[0], address: authorizer, keyIndex: 0)
        try await transaction.sign(envelope: signers[0], address: payer, keyIndex: 0)
        return transaction
    }

    @Test func `a whole transaction passes`() async throws {
        let transaction = try await transaction()
        try transaction.check()
        try transaction.check(on: chain)
        try transaction.verifySignatures(keys: keys)
        #expect(transaction.byteCount == 14 + #"{"value":"x","type":"String"}"#.utf8.count + 64 + 8 + 4 * 88)
    }

    @Test func `what it lacks or has too much of is named`() async throws {
        let cases: [(String, (inout FlowTransaction) -> Void)] = [
            ("script", { $0.script = "" }), ("reference block", { $0.referenceBlockID = .zero }),
            ("gas limit", { $0.gasLimit = 0 }), ("gas limit", { $0.gasLimit = 10_000 }),
            ("bytes", { $0.script = String(repeating: "x", count: 1_500_000) }),
            ("authorizers", { $0.authorizers = .init(repeating: $0.authorizers[0], count: 101) }),
        ]
        for (reason, change) in cases {
            let transaction = try await transaction(change)
            let error = #expect(throws: FlowError.self, "\(reason)") { try transaction.check() }
            #expect(error?.code == .invalidInput)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        }
        var unpaid = try await transaction()
        unpaid.payer = .zero
        #expect(throws: FlowError.self) { try unpaid.check() }
    }

    @Test func `the service account may set any gas limit on its own chain`() throws {
        var transaction = try FlowTransaction(
            script: "transaction {}", referenceBlockID: FlowIdentifier(bytes: 1...32), gasLimit: 20_000,
            proposalKey: ProposalKey(address: chain.serviceAddress, keyIndex: 0, sequenceNumber: 0),
            payer: chain.serviceAddress)
        let signature = [UInt8](repeating: 1, count: 64)
        transaction.envelopeSignatures = [
            TransactionSignature(address: chain.serviceAddress, keyIndex: 0, signature: signature)
        ]
        try transaction.check(on: chain)
        #expect(throws: FlowError.self) { try transaction.check() }
        #expect(throws: FlowError.self) { try transaction.check(on: .mainnet) }
    }

    @Test func `an address of another chain is refused`() async throws {
        let transaction = try await transaction()
        #expect(throws: FlowError.self) { try transaction.check(on: .testnet) }
    }

    @Test func `missing, repeated and unrelated signatures are refused`() async throws {
        let whole = try await transaction()
        var cases: [FlowTransaction] = []
        for index in whole.payloadSignatures.indices {
            var changed = whole
            let removed = changed.payloadSignatures.remove(at: index)
            // The authorizer has two keys: one of them is enough for a node, not for the weight.
            if removed.address == authorizer {
                try changed.check()
                #expect(throws: FlowError.self) { try changed.verifySignatures(keys: keys) }
            } else {
                cases.append(changed)
            }
        }
        for change in [
            { $0.envelopeSignatures = [] }, { $0.payloadSignatures.removeAll { $0.address == authorizer } },
            { $0.payloadSignatures.append($0.payloadSignatures[1]) },
            { $0.payloadSignatures.append($0.envelopeSignatures[0]) },
            { $0.envelopeSignatures.append($0.envelopeSignatures[0]) },
            { $0.payloadSignatures[0].keyIndex = 4 },
            { $0.authorizers.removeAll() },
        ] as [(inout FlowTransaction) -> Void] {
            var changed = whole
            change(&changed)
            cases.append(changed)
        }
        for transaction in cases {
            #expect(throws: FlowError.self) { try transaction.check() }
            #expect(throws: FlowError.self) { try transaction.verifySignatures(keys: keys) }
        }
    }

    @Test func `signatures that cannot be some are refused`() async throws {
        let whole = try await transaction()
        for (signature, data) in [
            ([UInt8](repeating: 0, count: 64), []), ([UInt8](repeating: 0xFF, count: 64), []),
            ([UInt8](repeating: 1, count: 63), []), ([UInt8](repeating: 1, count: 64), [0, 0]),
            ([UInt8](repeating: 1, count: 64), [2]), ([UInt8](repeating: 1, count: 64), [1, 0xC0]),
        ] as [([UInt8], [UInt8])] {
            var changed = whole
            changed.envelopeSignatures[0].signature = signature
            changed.envelopeSignatures[0].extensionData = data
            let error = #expect(throws: FlowError.self) { try changed.check() }
            #expect(error?.code == .invalidSignature)
        }
        var plain = whole
        plain.envelopeSignatures[0].extensionData = [0]
        try plain.check()
        try plain.verifySignatures(keys: keys)
    }

    @Test func `signatures must be the keys', in use, and over these bytes`() async throws {
        let whole = try await transaction()
        var other = whole
        other.gasLimit = 5
        #expect(throws: FlowError.self) { try other.verifySignatures(keys: keys) }
        for (address, index) in [(proposer, 0), (payer, 0), (authorizer, 1)] {
            var revoked = keys
            revoked[address]?[index].isRevoked = true
            #expect(throws: FlowError.self) { try whole.verifySignatures(keys: revoked) }
            var hashed = keys
            hashed[address]?[index].hashAlgorithm = .keccak256
            #expect(throws: FlowError.self) { try whole.verifySignatures(keys: hashed) }
            var missing = keys
            missing[address] = nil
            #expect(throws: FlowError.self) { try whole.verifySignatures(keys: missing) }
        }
        var light = keys
        light[payer]?[0].weight = 999
        let error = #expect(throws: FlowError.self) { try whole.verifySignatures(keys: light) }
        #expect(error?.code == .invalidSignature)
        #expect(error?.message.contains("999") == true)
    }

    @Test func `published transactions pass, a passkey's among them`() throws {
        var checked = 0
        for node in TransactionVectorTests.cases {
            let transaction = try TransactionVectorTests.transaction(node)
            guard let passkey = try node.member("webauthn") else { continue }
            try transaction.check(on: chain)
            let publicKey = try FlowPrivateKey(.ecdsaP256, hex: try passkey.text("private_key")).publicKey
            let signature = transaction.envelopeSignatures[0]
            let key = AccountKey(index: signature.keyIndex, publicKey: publicKey, hashAlgorithm: .sha2)
            try transaction.verifySignatures(keys: [transaction.payer: [key]])
            var other = transaction
            other.gasLimit += 1
            #expect(throws: FlowError.self) { try other.check() }
            checked += 1
        }
        #expect(checked == 1)
    }
}
