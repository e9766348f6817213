import BigInt
import Foundation
import Testing

@testable import Flow

/// What this client must be able to do with any chain: an emulator, and the mock as far as it goes.
struct ChainScenario: Sendable {
    let client: FlowClient
    let streams: FlowStreams
    /// The emulator's service account, which pays for everything new.
    let service: TransactionSender
    /// The pause between two questions for a result.
    let pollInterval: Duration
    /// How many blocks behind its reference block the chain takes a transaction.
    let expiryBlocks: UInt64

    init(
        client: FlowClient, streams: FlowStreams, serviceKey: FlowPrivateKey, pollInterval: Duration,
        expiryBlocks: UInt64
    ) throws {
        self.client = client
        self.streams = streams
        self.pollInterval = pollInterval
        self.expiryBlocks = expiryBlocks
        service = try Self.sender(
            client, FlowChain.emulator.serviceAddress, InMemorySigner(serviceKey), keys: [0],
            pollInterval: pollInterval, expiryBlocks: expiryBlocks)
    }

    private static func sender(
        _ client: FlowClient, _ address: FlowAddress, _ signer: InMemorySigner, keys: [UInt32],
        pollInterval: Duration, expiryBlocks: UInt64
    ) throws -> TransactionSender {
        TransactionSender(
            client: client,
            pool: try KeyPool(client: client, address: address, keyIndices: keys, signer: signer),
            roles: .single(address), storage: MemoryOutbox(),
            configuration: SenderConfiguration(
                pollInterval: pollInterval, expiryBlocks: expiryBlocks, referenceAge: .milliseconds(1)))
    }

    private static func intent(_ script: String, _ arguments: [CadenceValue] = []) throws -> TransactionIntent {
        try TransactionIntent(
            key: UUID().uuidString,
            script: ContractAliases.standard(on: .emulator).rewriteImports(of: script),
            arguments: arguments)
    }

    // MARK: Accounts and contracts. Each transaction has a `prepare`, because each has an authorizer.

    /// An account of its own, with a contract that counts.
    private struct Counter: Sendable {
        let address: FlowAddress
        let signer: InMemorySigner
        var eventType: String { "A.\(address.hex).Counter.Counted" }
        var countScript: String {
            "import Counter from \(address)\n"
                + "transaction(n: UInt64) { prepare(s: &Account) {} execute { Counter.count(n: n) } }"
        }
    }

    private struct Counted: Decodable {
        var n: UInt64
        var memo: String?
    }

    /// Sends a program with a sender's account.
    private func run(_ program: AccountProgram, _ sender: TransactionSender) async throws -> TransactionOutcome.Success
    {
        let outcome = try await sender.submit(TransactionIntent(key: UUID().uuidString, program: program))
        return try #require(outcome.success, "\(outcome)")
    }

    /// Creates an account with one key, and returns its address.
    private func createAccount(_ key: FlowPublicKey) async throws -> FlowAddress {
        let funds = try UFix64(text: "10.0")
        let success = try await run(
            .createAccount(keys: [NewAccountKey(key)], funds: funds, on: .emulator), service)
        let events = try await client.result(of: success.id).events
        let created = try #require(events.first { $0.type == "flow.AccountCreated" })
        struct Created: Decodable { var address: FlowAddress }
        return try created.decoded(as: Created.self).address
    }

    private func deployCounter(_ algorithm: SignatureAlgorithm) async throws -> Counter {
        let signer = InMemorySigner(try FlowPrivateKey.generate(algorithm))
        let address = try await createAccount(signer.publicKey)
        try FlowChain.emulator.check(address)
        let contract = """
            access(all) contract Counter {
              access(all) event Counted(n: UInt64, memo: String?)
              access(all) fun count(n: UInt64) { emit Counted(n: n, memo: nil) }
            }
            """
        let own = try Self.sender(
            client, address, signer, keys: [0], pollInterval: pollInterval, expiryBlocks: expiryBlocks)
        _ = try await run(.addContract("Counter", code: contract), own)
        _ = try await run(.updateContract("Counter", code: contract + "\n// The second version."), own)
        let account = try await client.account(address, withKeys: true, withContracts: true)
        #expect(account.keys.map(\.publicKey) == [signer.publicKey])
        #expect(account.contracts["Counter"]?.hasSuffix("second version.") == true)
        return Counter(address: address, signer: signer)
    }

    /// Adds keys of full weight, and one more that is revoked at once.
    private func addKeys(_ count: Int, to counter: Counter) async throws {
        let own = try Self.sender(
            client, counter.address, counter.signer, keys: [0], pollInterval: pollInterval, expiryBlocks: expiryBlocks)
        let key = NewAccountKey(counter.signer.publicKey)
        _ = try await run(.addKeys(Array(repeating: key, count: count + 1)), own)
        _ = try await run(.revokeKey(UInt32(count + 1)), own)
        #expect(
            try await client.keys(of: counter.address).map(\.isRevoked) == Array(repeating: false, count: count + 1) + [
                true
            ])
    }

    /// FLOW is given to an account, all but its fee arriving.
    func transfer() async throws {
        let receiver = try await createAccount(InMemorySigner(try FlowPrivateKey.generate()).publicKey)
        let before = try await client.balance(of: receiver)
        _ = try await run(.transfer(UFix64(text: "2.5"), to: receiver, on: .emulator), service)
        #expect(try await client.balance(of: receiver) == before.adding(UFix64(text: "2.5")))
    }

    // MARK: What is shown

    func network() async throws {
        #expect(FlowChain(id: try await client.chainID()) != nil)
        #expect(try await !client.nodeVersion().version.isEmpty)
        let block = try await client.block(.latestSealed, withPayload: true)
        #expect(try await client.block(.id(block.id)).height == block.height)
        let service = FlowChain.emulator.serviceAddress
        #expect(try await client.account(service, withKeys: true, withContracts: true).keys.count >= 1)
        #expect(try await client.balance(of: service) > .zero)
    }

    /// An account is made, gets a contract and keys, and sends with all of them at once; its events are read.
    func accountAndContract(_ algorithm: SignatureAlgorithm) async throws {
        let counter = try await deployCounter(algorithm)
        try await addKeys(4, to: counter)
        let start = try await client.block(.latestSealed).height
        let sender = try Self.sender(
            client, counter.address, counter.signer, keys: [0, 1, 2, 3, 4], pollInterval: pollInterval,
            expiryBlocks: expiryBlocks)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 as Range<UInt64> {
                group.addTask {
                    let outcome = try await sender.submit(Self.intent(counter.countScript, [.uint64(number)]))
                    #expect(outcome.success != nil, "\(outcome)")
                }
            }
            try await group.waitForAll()
        }
        let end = try await client.block(.latestSealed).height
        let blocks = try await client.events(counter.eventType, heights: start...min(end, start + 249))
        let numbers = try blocks.flatMap(\.events).map { try $0.decoded(as: Counted.self).n }
        #expect(numbers.sorted() == Array(0..<20))
    }

    /// Blocks, events and a transaction's statuses come over the WebSocket.
    func webSocket() async throws {
        let counter = try await deployCounter(.ecdsaP256)
        let own = try Self.sender(
            client, counter.address, counter.signer, keys: [0], pollInterval: pollInterval, expiryBlocks: expiryBlocks)
        let start = try await client.block(.latestSealed).height
        var ids: [FlowIdentifier] = []
        for number in 1...3 as ClosedRange<UInt64> {
            let outcome = try await own.submit(Self.intent(counter.countScript, [.uint64(number)]))
            ids.append(try #require(outcome.success, "\(outcome)").id)
        }
        let filter = EventStreamFilter(types: [counter.eventType])
        let numbers = try await streams.withEvents(filter, from: .height(start)) { updates in
            var numbers: [UInt64] = []
            for try await block in updates {
                numbers += try block.events.map { try $0.decoded(as: Counted.self).n }
                if numbers.count >= 3 { break }
            }
            return numbers
        }
        #expect(numbers == [1, 2, 3])
        let heights = try await streams.withBlocks(.sealed, from: .height(start)) { updates in
            try await updates.prefix(3).reduce(into: [UInt64]()) { $0.append($1.height) }
        }
        #expect(heights == [start, start + 1, start + 2])
        let last = try await streams.withTransaction(try #require(ids.last)) { updates in
            try await updates.reduce(into: [TransactionResult]()) { $0.append($1) }.last
        }
        #expect(last?.isSealed == true)
        #expect(last?.failure == nil)
    }

    /// Scripts return values and fail; transactions that panic or cannot be parsed are reported, and the key goes on.
    func scriptsAndFailures() async throws {
        let sum = "access(all) fun main(a: UFix64, b: UFix64): UFix64 { return a + b }"
        let one = try UFix64(text: "1.5")
        #expect(
            try await client.executeScript(sum, arguments: [.ufix64(one), .ufix64(one)])
                == .ufix64(UFix64(text: "3.0")))
        let error = await #expect(throws: FlowError.self) {
            try await client.executeScript("access(all) fun main() { panic(\"no\") }")
        }
        #expect(error?.execution?.code == .cadenceRuntime)
        let outcome = try await service.submit(Self.intent("transaction { prepare(s: &Account) { panic(\"no\") } }"))
        #expect(outcome.failure?.reason == .executed)
        #expect(outcome.failure?.code == .cadenceRuntime)
        let broken = try await service.submit(Self.intent("transaction {"))
        #expect(broken.failure != nil)
        #expect(
            try await service.submit(Self.intent("transaction { prepare(s: &Account) {} }")).success
                != nil)
    }
}
