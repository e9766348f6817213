import ChainPrimitives
import FlowMockNode
import Foundation
import Testing

@testable import Flow

/// The articles' code is in this file word for word, so that it compiles; what needs no network is run.
@Suite("The articles of the module Flow", .timeLimit(.minutes(10)))
struct GuideTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// A text without anything that formatting changes.
    private static func squeezed(_ text: String) -> String { text.filter { !$0.isWhitespace } }

    @Test(arguments: ["Flow.md", "GettingStarted.md", "Values.md", "Signers.md", "Streaming.md"])
    func `every block of code is compiled`(article: String) throws {
        let text = try String(
            contentsOf: Self.root.appending(path: "Sources/Flow/Flow.docc/\(article)"), encoding: .utf8)
        let source = try Self.squeezed(String(contentsOf: URL(filePath: #filePath), encoding: .utf8))
        let blocks = text.components(separatedBy: "```swift\n").dropFirst().map {
            $0.components(separatedBy: "\n```")[0]
        }
        #expect(!blocks.isEmpty)
        for block in blocks { #expect(source.contains(Self.squeezed(block)), "\(article):\n\(block)") }
    }

    // MARK: Only compiled: these ask the test network

    private func overview(
        secret: String, source: String, receiver: FlowAddress, payer: FlowAddress, block: FlowBlock,
        client: FlowClient
    ) async throws {
        let key = try FlowPrivateKey(.ecdsaP256, hex: secret)
        var transaction = try FlowTransaction(
            script: ContractAliases.standard(on: .testnet).rewriteImports(of: source),
            arguments: [.ufix64(try UFix64(text: "1.5")), .address(receiver)],
            referenceBlockID: block.id,
            proposalKey: ProposalKey(address: payer, keyIndex: 0, sequenceNumber: 7),
            payer: payer, authorizers: [payer])
        try await transaction.sign(envelope: InMemorySigner(key), address: payer, keyIndex: 0)
        print(transaction.id)

        let pool = try KeyPool(client: client, address: payer, keyIndices: Array(0..<50), signer: InMemorySigner(key))
        let sender = TransactionSender(
            client: client, pool: pool, roles: .single(payer), storage: try FileOutbox(path: "flow.outbox"))
        try await sender.resume()
        let outcome = try await sender.submit(
            TransactionIntent(key: "epoch-7", script: source, arguments: [.uint64(7)]))
        print(outcome)
    }

    private func nodes(secret: String) throws {
        let service = try AccessNode(
            "https://flow.example.com", headers: ["x-api-key": secret], requestsPerSecond: 100)
        print(service)
    }

    private func streams(id: FlowIdentifier) async throws {
        let streams = try FlowStreams(nodes: [.testnet])
        try await streams.withTransaction(id) { updates in
            for try await result in updates { print(result.status) }
        }
    }

    private func look(address: FlowAddress) async throws -> FlowClient {
        let client = try FlowClient(nodes: [.testnet])
        try FlowChain.testnet.check(address)
        let account = try await client.account(address, withKeys: true)
        print("\(account.balance) FLOW, \(account.keys.count) keys")
        return client
    }

    private func read(
        _ settlements: Settlements, client: FlowClient, aliases: ContractAliases, height: UInt64
    ) async throws {
        let type = try aliases.typeID(of: "Billing.Settled")
        let reader = try EventReader(client: client, types: [type], start: height)
        try await reader.run(settlements)
    }

    // MARK: Run

    @Test func `a key is made`() throws {
        let key = try FlowPrivateKey.generate(.ecdsaP256)
        print(key.publicKey.hex)
        #expect(key.publicKey.hex.count == 128)
    }

    @Test func `a script is asked`() async throws {
        try await ChainHarness.with({ configuration in
            configuration.scripts = { script in
                script.code.contains("import FlowToken from 0x7e60df042a9c0868")
                    ? .value(#"{"type":"UFix64","value":"1.5"}"#) : .value(#"{"type":"Void"}"#)
            }
        }) { harness in
            let client = harness.client
            let source = """
                import "FlowToken"
                access(all) fun main(): UFix64 { return FlowToken.totalSupply }
                """
            let script = try ContractAliases.standard(on: .testnet).rewriteImports(of: source)
            let supply = try await client.executeScript(script, as: UFix64.self)
            #expect(supply.description == "1.50000000")
        }
    }

    @Test func `a transaction is built, signed, checked and sent`() async throws {
        try await ChainHarness.with { harness in
            let (client, payer, key) = (harness.client, ChainHarness.address, ChainHarness.signer.key)
            let (chain, script) = (FlowChain.emulator, Self.script)
            let block = try await client.block(.latestFinal)
            let own = try await client.key(0, of: payer)
            var transaction = try FlowTransaction(
                script: script, arguments: [.uint64(7), "a memo"], referenceBlockID: block.id,
                proposalKey: ProposalKey(address: payer, keyIndex: own.index, sequenceNumber: own.sequenceNumber),
                payer: payer, authorizers: [payer])
            let signer = InMemorySigner(key, hash: own.hashAlgorithm)
            try await transaction.sign(envelope: signer, address: payer, keyIndex: own.index)
            try transaction.check(on: chain)
            let id = try await client.send(transaction)
            harness.node.step(5)
            let result = try await client.result(of: id)
            #expect(result.isSealed && result.failure == nil)
        }
    }

    @Test func `several accounts sign`() async throws {
        let (payer, signer) = (ChainHarness.address, ChainHarness.signer)
        let (proposerAddress, ownerAddress) = (
            try FlowChain.emulator.address(index: 5), try FlowChain.emulator.address(index: 6)
        )
        let (proposer, owner) = (InMemorySigner(try .generate()), InMemorySigner(try .generate()))
        func account(_ signer: InMemorySigner, _ weights: [Int]) -> MockAccessNode.Account {
            .init(keys: weights.map { MockAccountKey(publicKey: signer.publicKey.rawRepresentation, weight: $0) })
        }
        try await ChainHarness.with({ configuration in
            configuration.chain.accounts[MockAddress(number: proposerAddress.rawValue)] = account(proposer, [0])
            configuration.chain.accounts[MockAddress(number: ownerAddress.rawValue)] = account(owner, [0, 1000])
        }) { harness in
            let client = harness.client
            let block = try await client.block(.latestFinal)
            var transaction = try FlowTransaction(
                script: Self.script, arguments: [.uint64(7), "a memo"], referenceBlockID: block.id,
                proposalKey: ProposalKey(address: proposerAddress, keyIndex: 0, sequenceNumber: 0), payer: payer,
                authorizers: [ownerAddress])
            try await transaction.sign(payload: proposer, address: proposerAddress, keyIndex: 0)
            try await transaction.sign(payload: owner, address: ownerAddress, keyIndex: 1)
            try await transaction.sign(envelope: signer, address: payer, keyIndex: 0)
            var keys: [FlowAddress: [AccountKey]] = [:]
            for address in transaction.signers { keys[address] = try await client.keys(of: address) }
            try transaction.verifySignatures(keys: keys)
            let id = try await client.send(transaction)
            harness.node.step(5)
            let result = try await client.result(of: id)
            #expect(result.isSealed && result.failure == nil)
        }
    }

    private static let script = "transaction(n: UInt64, memo: String) { prepare(signer: &Account) {} }"
    private static let settled = "A.f8d6e0586b0a20c7.Billing.Settled"

    @Test func `an intent happens once, and its event is read`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await ChainHarness.with({ configuration in
            configuration.executor = { transaction in
                .success(events: [
                    MockEvent(
                        type: Self.settled,
                        fields: [
                            ("epoch", transaction.argumentTexts[0]), ("amount", #"{"type":"UFix64","value":"2.5"}"#),
                            ("to", #"{"type":"Optional","value":null}"#),
                        ])
                ])
            }
        }) { harness in
            let (client, payer, signer, script) = (
                harness.client, ChainHarness.address, ChainHarness.signer, Self.script
            )
            let path = folder.appending(path: "flow.outbox").path()
            let height = harness.node.sealedHeight
            for _ in 0..<2 {
                let pool = try KeyPool(client: client, address: payer, keyIndices: [0], signer: signer)
                let sender = TransactionSender(
                    client: client, pool: pool, roles: .single(payer), storage: try FileOutbox(path: path))
                try await sender.resume()
                let intent = try TransactionIntent(key: "epoch-7", script: script, arguments: [.uint64(7), "a memo"])
                switch try await sender.submit(intent) {
                case .succeeded(let success): print("\(success.id) cost \(success.fee?.description ?? "nothing")")
                case .failed(let failure): print("\(failure.reason): \(failure.message)")
                }
            }
            let settlements = Settlements()
            let reader = try EventReader(client: client, types: [Self.settled], start: height)
            try await reader.run(settlements, until: harness.node.sealedHeight)
            #expect(await settlements.total.description == "2.50000000")
        }
    }

    @Test func `a user logs in`() async throws {
        try await ChainHarness.with { harness in
            let (client, address) = (harness.client, ChainHarness.address)
            let nonce = [UInt8](repeating: 9, count: 32)
            let asked = try AccountProof(appIdentifier: "Example", address: address, nonce: nonce)
            let signature = Hex.encode(try await ChainHarness.signer.signature(for: asked.message))
            let body = Data(
                #"{"address":"\#(address)","nonce":"\#(Hex.encode(nonce))","signatures":[{"keyId":0,"signature":"\#(signature)"}]}"#
                    .utf8)
            let login = try JSONDecoder().decode(Login.self, from: body)
            let proof = try AccountProof(appIdentifier: "Example", address: login.address, nonceHex: login.nonce)
            let isProven = try await client.keys(of: login.address).verify(login.signatures, for: proof.message)
            #expect(isProven)
        }
    }

    @Test func `values are written and read`() throws {
        let amount = try UFix64(text: "1.5")
        let arguments: [CadenceValue] = [
            "a memo", true, .ufix64(amount), .optional(nil), [.uint8(1), .uint8(2)], ["total": .int64(-1)],
        ]
        #expect(arguments.map(\.typeName) == ["String", "Bool", "UFix64", "Optional", "Array", "Dictionary"])

        let price = try UFix64(text: "12.5")
        let total = try price.multiplied(by: UFix64(whole: 3))
        print("\(total) is \(total.scaled) hundred-millionths")
        #expect(total.scaled == 3_750_000_000)

        let line = Line(
            sku: "a", price: price, status: .settled, payers: [ChainHarness.address: amount], memo: nil)
        let aliases = ContractAliases(["Billing": ChainHarness.address])
        let argument = try CadenceValue(encoding: line, aliases: aliases)
        let copy = try argument.decoded(as: Line.self)
        #expect(try CadenceValue(encoding: copy, aliases: aliases) == argument)
        #expect(copy.payers == line.payers)
    }

    @Test func `a key service signs`() async throws {
        let (service, keyName, payer) = (FakeKeyService(), "billing", ChainHarness.address)
        var transaction = try FlowTransaction(
            script: Self.script, proposalKey: ProposalKey(address: payer, keyIndex: 0, sequenceNumber: 0), payer: payer)
        let publicKey = try FlowPublicKey(pem: service.publicKeyPEM(keyName))
        let signer = ServiceSigner(service: service, keyName: keyName, publicKey: publicKey)
        try await transaction.sign(envelope: signer, address: payer, keyIndex: 0)
        #expect(
            publicKey.isValidSignature(
                transaction.envelopeSignatures[0].signature, for: transaction.envelopeMessage, hash: .sha2))
    }
}

struct Settled: Decodable {
    var epoch: UInt64
    var amount: UFix64
    var to: FlowAddress?
}

struct Login: Decodable {
    var address: FlowAddress
    var nonce: String
    var signatures: [KeySignature]
}

actor Settlements: EventConsumer {
    private(set) var total = UFix64.zero
    private var stored: EventCursor?

    func cursor() -> EventCursor? { stored }

    func consume(_ blocks: [BlockEvents], advancingTo cursor: EventCursor) throws {
        for event in blocks.flatMap(\.events) { total = try total.adding(event.decoded(as: Settled.self).amount) }
        stored = cursor
    }
}

enum Status: UInt8, Codable, CadenceNamed {
    static let cadenceTypeID = "Billing.Status"
    static let cadenceKind = CadenceComposite.Kind.enumeration
    case open, settled
}

struct Line: Codable, CadenceNamed {
    static let cadenceTypeID = "Billing.Line"
    var sku: String
    var price: UFix64
    var status: Status
    var payers: [FlowAddress: UFix64]
    var memo: String?
}

protocol KeyService: Sendable {
    func publicKeyPEM(_ keyName: String) throws -> String
    func sign(digest: [UInt8], keyName: String) async throws -> [UInt8]
}

struct ServiceSigner: FlowSigner {
    let service: any KeyService
    let keyName: String
    let publicKey: FlowPublicKey
    let hashAlgorithm = HashAlgorithm.sha2

    func signature(for tagged: [UInt8]) async throws(FlowError) -> [UInt8] {
        let der: [UInt8]
        do { der = try await service.sign(digest: hashAlgorithm.digest(of: tagged), keyName: keyName) } catch {
            throw FlowError(.unavailable, "the key service did not sign", cause: error)
        }
        return try ECDSASignature.rawRepresentation(der: der)
    }
}

/// Signs digests and answers in DER, as services do.
private struct FakeKeyService: KeyService {
    private let secret = [UInt8](repeating: 3, count: 32)

    func publicKeyPEM(_ keyName: String) throws -> String {
        FlowPublicKey(try Secp256k1PrivateKey(rawRepresentation: secret).publicKey).pem
    }

    func sign(digest: [UInt8], keyName: String) async throws -> [UInt8] {
        let raw = try Secp256k1PrivateKey(rawRepresentation: secret).signature(forDigest: digest).compact
        func integer(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
            let digits = Array(bytes.drop { $0 == 0 })
            return [2, UInt8(digits.count + 1), 0] + digits
        }
        func shortest(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
            let padded = integer(bytes)
            return padded[3] >= 0x80 ? padded : [2, padded[1] - 1] + padded[3...]
        }
        let content = shortest(raw[..<32]) + shortest(raw[32...])
        return [0x30, UInt8(content.count)] + content
    }
}
