import BigInt
import Foundation
import Testing

@testable import Flow

private enum Emulator {
    static let url = ProcessInfo.processInfo.environment["FLOW_EMULATOR_URL"]
}

/// Against a real emulator, whose REST address is in `FLOW_EMULATOR_URL` (`flow emulator`, port 8888).
///
/// The service key is the emulator's own default, or `FLOW_EMULATOR_KEY`.
@Suite("A Flow emulator", .enabled(if: Emulator.url != nil, "FLOW_EMULATOR_URL is not set"), .serialized)
struct EmulatorTests {
    private static let serviceKey =
        ProcessInfo.processInfo.environment["FLOW_EMULATOR_KEY"]
        ?? "aff3a277caf2bdd6582c156ae7b07dbca537da7833309de88e56987faa2c0f1b"
    private static let service = FlowChain.emulator.serviceAddress

    private static func with(_ body: (FlowClient, TransactionSender) async throws -> Void) async throws {
        try await HTTPTransport.withTransport { transport in
            let client = try FlowClient(nodes: [AccessNode(try #require(Emulator.url))], transport: transport)
            let signer = InMemorySigner(try FlowPrivateKey(.ecdsaP256, hex: serviceKey))
            try await body(client, try sender(client, service, signer, keys: [0]))
        }
    }

    private static func sender(
        _ client: FlowClient, _ address: FlowAddress, _ signer: InMemorySigner, keys: [UInt32]
    ) throws -> TransactionSender {
        TransactionSender(
            client: client,
            pool: try KeyPool(client: client, address: address, keyIndices: keys, signer: signer),
            roles: .single(address), storage: MemoryOutbox(),
            configuration: SenderConfiguration(
                pollInterval: .milliseconds(100), expiryBlocks: 10, referenceAge: .milliseconds(1)))
    }

    private static func intent(_ script: String, _ arguments: [CadenceValue] = []) throws -> TransactionIntent {
        try TransactionIntent(
            key: UUID().uuidString, script: ContractAliases.standard(on: .emulator).rewriteImports(of: script),
            arguments: arguments)
    }

    /// Creates an account with one key, and returns its address.
    private static func createAccount(
        _ client: FlowClient, _ sender: TransactionSender, _ key: FlowPublicKey
    ) async throws -> FlowAddress {
        let script = """
            import "FungibleToken"
            import "FlowToken"
            transaction(hex: String, curve: UInt8, hash: UInt8) {
              prepare(s: auth(BorrowValue) &Account) {
                let account = Account(payer: s)
                account.keys.add(
                  publicKey: PublicKey(publicKey: hex.decodeHex(), signatureAlgorithm: SignatureAlgorithm(rawValue: curve)!),
                  hashAlgorithm: HashAlgorithm(rawValue: hash)!, weight: 1000.0)
                let vault = s.storage.borrow<auth(FungibleToken.Withdraw) &FlowToken.Vault>(from: /storage/flowTokenVault)!
                account.capabilities.borrow<&{FungibleToken.Receiver}>(/public/flowTokenReceiver)!
                  .deposit(from: <-vault.withdraw(amount: 10.0))
              }
            }
            """
        let arguments: [CadenceValue] = [
            .string(key.hex), .uint8(key.algorithm.cadenceRawValue), .uint8(HashAlgorithm.sha3.code),
        ]
        let outcome = try await sender.submit(try intent(script, arguments))
        let success = try #require(outcome.success, "\(outcome)")
        let events = try await client.result(of: success.id).events
        let created = try #require(events.first { $0.type == "flow.AccountCreated" })
        struct Created: Decodable { var address: FlowAddress }
        return try created.decoded(as: Created.self).address
    }

    @Test func `the network is the emulator's`() async throws {
        try await Self.with { client, _ in
            #expect(FlowChain(id: try await client.chainID()) != nil)
            #expect(try await !client.nodeVersion().version.isEmpty)
            let block = try await client.block(.latestSealed, withPayload: true)
            #expect(try await client.block(.id(block.id)).height == block.height)
            #expect(try await client.account(Self.service, withKeys: true, withContracts: true).keys.count >= 1)
        }
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `an account is made, gets keys and a contract, and sends`(algorithm: SignatureAlgorithm) async throws {
        try await Self.with { client, service in
            let signer = InMemorySigner(try FlowPrivateKey.generate(algorithm))
            let address = try await Self.createAccount(client, service, signer.publicKey)
            try FlowChain.emulator.check(address)
            let own = try Self.sender(client, address, signer, keys: [0])
            let keys = """
                transaction(n: Int) {
                  prepare(s: auth(AddKey) &Account) {
                    let k = s.keys.get(keyIndex: 0)!
                    var i = 0
                    while i < n {
                      s.keys.add(publicKey: k.publicKey, hashAlgorithm: k.hashAlgorithm, weight: 1000.0)
                      i = i + 1
                    }
                  }
                }
                """
            #expect(try await own.submit(Self.intent(keys, [.int(4)])).success != nil)
            #expect(try await client.keys(of: address).count == 5)
            let contract = """
                access(all) contract Counter {
                  access(all) event Counted(n: UInt64, memo: String?)
                  access(all) fun count(n: UInt64) { emit Counted(n: n, memo: nil) }
                }
                """
            let deploy = """
                transaction(code: String) {
                  prepare(s: auth(AddContract) &Account) { s.contracts.add(name: "Counter", code: code.utf8) }
                }
                """
            #expect(try await own.submit(Self.intent(deploy, [.string(contract)])).success != nil)
            let start = try await client.block(.latestSealed).height
            let pool = try Self.sender(client, address, signer, keys: [0, 1, 2, 3, 4])
            let count = "import Counter from \(address)\ntransaction(n: UInt64) { execute { Counter.count(n: n) } }"
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 as Range<UInt64> {
                    group.addTask {
                        let outcome = try await pool.submit(Self.intent(count, [.uint64(number)]))
                        #expect(outcome.success != nil, "\(outcome)")
                    }
                }
                try await group.waitForAll()
            }
            struct Counted: Decodable {
                var n: UInt64
                var memo: String?
            }
            let end = try await client.block(.latestSealed).height
            let blocks = try await client.events(
                "A.\(address.hex).Counter.Counted", heights: start...min(end, start + 249))
            let numbers = try blocks.flatMap(\.events).map { try $0.decoded(as: Counted.self).n }
            #expect(numbers.sorted() == Array(0..<20))
        }
    }

    @Test func `scripts run, fail, and read events`() async throws {
        try await Self.with { client, service in
            let sum = "access(all) fun main(a: UFix64, b: UFix64): UFix64 { return a + b }"
            let one = try UFix64(text: "1.5")
            #expect(
                try await client.executeScript(sum, arguments: [.ufix64(one), .ufix64(one)])
                    == .ufix64(UFix64(text: "3.0")))
            let error = await #expect(throws: FlowError.self) {
                try await client.executeScript("access(all) fun main() { panic(\"no\") }")
            }
            #expect(error?.execution?.code == .cadenceRuntime)
            let outcome = try await service.submit(Self.intent("transaction { execute { panic(\"no\") } }"))
            #expect(outcome.failure?.code == .cadenceRuntime)
            let broken = try await service.submit(Self.intent("transaction {"))
            #expect(broken.failure != nil)
            #expect(try await service.submit(Self.intent("transaction {}")).success != nil)
        }
    }
}
