import ArgumentParser
import Flow
import FlowMockNode
import Foundation
import Testing

@testable import FlowmeterCommands

@Suite("flowmeter flow", .timeLimit(.minutes(10)))
struct FlowCommandTests {
    static let key = "aff3a277caf2bdd6582c156ae7b07dbca537da7833309de88e56987faa2c0f1b"
    static let address = "0xf8d6e0586b0a20c7"
    static let transaction = """
        import "FungibleToken"
        transaction(n: UInt64) { prepare(signer: &Account) {} }
        """

    /// A harness with the emulator's service account, on a mock of the emulator.
    static func with(
        _ change: (inout MockAccessNode.Configuration) -> Void = { _ in },
        _ body: (inout CommandHarness, MockAccessNode) async throws -> Void
    ) async throws {
        let publicKey = try FlowPrivateKey(.ecdsaP256, hex: key).publicKey.rawRepresentation
        var configuration = MockAccessNode.Configuration()
        configuration.blocks = .perTransaction
        configuration.chain.accounts[MockAddress(number: 0xF8D6_E058_6B0A_20C7)] = .init(
            keys: [MockAccountKey(publicKey: publicKey), MockAccountKey(publicKey: publicKey, weight: 0)],
            balance: 12_345_000_000, contracts: ["Billing": "access(all) contract Billing {}"])
        configuration.executor = { transaction in
            if let effects = keyEffects(transaction) { return .success(effects: effects) }
            return transaction.argumentTexts.contains { $0.contains("13") }
                ? .failure("panic: unlucky")
                : .success(events: [
                    MockEvent(type: "A.f8d6e0586b0a20c7.Billing.Settled", fields: [("n", transaction.argumentTexts[0])])
                ])
        }
        configuration.scripts = { script in
            script.code.contains("panic")
                ? .failure(code: 1101, message: "panic: no") : .value(script.arguments.first ?? #"{"type":"Void"}"#)
        }
        change(&configuration)
        try await MockAccessNode.withNode(configuration) { node in
            try await CommandHarness.with { harness in
                harness.environment["FLOWMETER_FLOW_ACCESS_NODES"] = node.baseURL
                harness.environment["FLOWMETER_FLOW_ADDRESS"] = address
                harness.environment["FLOWMETER_FLOW_KEY"] = key
                try harness.write(transaction, to: "settle.cdc")
                try harness.write("access(all) fun main(n: UInt64): UInt64 { return n }", to: "total.cdc")
                try await body(&harness, node)
            }
        }
    }

    /// What a transaction that adds or revokes keys does.
    private static func keyEffects(_ transaction: MockTransaction) -> [MockEffect]? {
        let account = transaction.authorizers[0]
        do {
            let arguments = try transaction.arguments.map { try CadenceValue(json: $0) }
            if transaction.scriptText.contains("account.keys.add(") {
                let keys = try arguments[0].decoded(as: [String].self)
                let weights = try arguments[3].decoded(as: [UFix64].self)
                return try zip(keys, weights).map { hex, weight in
                    let key = try FlowPublicKey(.ecdsaP256, hex: hex).rawRepresentation
                    return .addKey(account, MockAccountKey(publicKey: key, weight: Int(weight.scaled / 100_000_000)))
                }
            }
            if transaction.scriptText.contains("account.keys.revoke(") {
                return [.revokeKey(account, index: try arguments[0].decoded(as: Int.self))]
            }
        } catch {
            Issue.record(error)
        }
        return nil
    }

    @Test(arguments: [
        [], ["keys"], ["keys", "generate"], ["keys", "list"], ["keys", "add"], ["keys", "revoke"], ["account"],
        ["balance"], ["script"], ["send"],
        ["events"],
        ["status"], ["doctor"],
    ])
    func `the examples of a command's help are commands`(path: [String]) async throws {
        try await CommandHarness.with { harness in
            let help = await harness.run(["flow"] + path + ["--help"])
            #expect(help.status == .success)
            let lines = help.output.split(separator: "\n").map { $0.drop { $0 == " " } }
            let examples = lines.filter { $0.hasPrefix("flowmeter flow ") }
            #expect(!examples.isEmpty)
            for example in examples {
                let command = example.prefix { $0 != "|" }.filter { $0 != "'" }.split(separator: " ").dropFirst()
                #expect(throws: Never.self, "\(example)") { _ = try Flowmeter.parseAsRoot(command.map(String.init)) }
            }
        }
    }

    private struct Balance: Decodable { var balance: String }
    private struct Account: Decodable {
        struct Key: Decodable {
            var index: Int
            var weight: Int
            var hashAlgorithm: String
        }
        var balance: String
        var contracts: [String]
        var keys: [Key]
    }

    @Test func `balance, account and keys are shown, for people and as JSON`() async throws {
        try await Self.with { harness, _ in
            #expect(await harness.run("flow", "balance", Self.address).output == "123.45000000 FLOW\n")
            let balance: Balance = try await harness.run("flow", "balance", Self.address, "--json").json()
            #expect(balance.balance == "123.45000000")
            let account: Account = try await harness.run("flow", "account", Self.address, "--json").json()
            #expect(account.contracts == ["Billing"])
            #expect(account.keys.map(\.weight) == [1000, 0])
            let text = await harness.run("flow", "account", Self.address).output
            #expect(text.contains("balance    123.45000000 FLOW"))
            #expect(text.contains("contracts  Billing"))
            let keys: [Account.Key] = try await harness.run("flow", "keys", "list", Self.address, "--json").json()
            #expect(keys.map(\.index) == [0, 1])
            #expect(keys[0].hashAlgorithm == "SHA3_256")
            #expect(await harness.run("flow", "keys", "list", Self.address).output.contains("ECDSA_P256 SHA3_256"))
        }
    }

    private struct Pair: Decodable {
        var algorithm: String
        var privateKey: String
        var publicKey: String
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `a key pair that is made is one`(algorithm: SignatureAlgorithm) async throws {
        try await CommandHarness.with { harness in
            let arguments = ["flow", "keys", "generate", "--algorithm", algorithm.rawValue]
            let pair: Pair = try await harness.run(arguments + ["--json"]).json()
            #expect(try FlowPrivateKey(algorithm, hex: pair.privateKey).publicKey.hex == pair.publicKey)
            #expect(await harness.run(arguments).output.hasPrefix("private key  "))
            #expect(await harness.run("flow", "keys", "generate", "--algorithm", "RSA").status == .usage)
        }
    }

    @Test(arguments: [
        ("UInt64:7", #"{"value":"7","type":"UInt64"}"#), ("UFix64:1.5", #"{"value":"1.50000000","type":"UFix64"}"#),
        ("String:a:b", #"{"value":"a:b","type":"String"}"#), ("Bool:true", #"{"value":true,"type":"Bool"}"#),
        ("Character:\n", #"{"value":"\n","type":"Character"}"#),
        ("Character:\"", #"{"value":"\"","type":"Character"}"#),
        ("Address:0x1", #"{"value":"0x0000000000000001","type":"Address"}"#),
        ("String?:nil", #"{"value":null,"type":"Optional"}"#),
        ("Path:/public/x", #"{"value":{"domain":"public","identifier":"x"},"type":"Path"}"#),
        (#"{"type":"Array","value":[]}"#, #"{"value":[],"type":"Array"}"#),
    ])
    func `arguments are read, and results are JSON-Cadence`(argument: String, result: String) async throws {
        try await Self.with { harness, _ in
            let run = await harness.run("flow", "script", "total.cdc", argument)
            #expect(run.output == result + "\n")
            #expect(run.status == .success)
        }
    }

    @Test(arguments: [
        "7", "UInt8:256", "UFix64:1", "Nonsense:1", "Bool:yes", "{", "Path:x", "Character:ab", #"Int:1","x":"2"#,
    ])
    func `other arguments are refused with an example`(argument: String) async throws {
        try await Self.with { harness, node in
            let run = await harness.run("flow", "script", "total.cdc", argument)
            #expect(run.status == .usage)
            #expect(run.errors.contains("fix: write Type:value, as UFix64:1.5"))
            #expect(node.requestCount(.script) == 0)
        }
    }

    @Test func `a script's failure and a missing contract are told`() async throws {
        try await Self.with { harness, _ in
            try harness.write("access(all) fun main() { panic(\"no\") }", to: "bad.cdc")
            let failed = await harness.run("flow", "script", "bad.cdc")
            #expect(failed.status == .failed)
            // Cadence's errors have many lines: they stay lines, and none passes for the program's own.
            #expect(failed.errors.hasPrefix("error: "))
            #expect(failed.errors.contains("[Error Code: 1101]"))
            #expect(failed.errors.contains("\n           * [Error Code: 1101] panic: no\n"))
            #expect(!failed.errors.contains("\\u{a}"))
            try harness.write("import \"Nowhere\"", to: "lost.cdc")
            let lost = await harness.run("flow", "script", "lost.cdc")
            #expect(lost.status == .usage)
            #expect(lost.errors.contains("'Nowhere'"))
            #expect(lost.errors.contains("--flow-json"))
            let missing = await harness.run("flow", "script", "missing.cdc")
            #expect(missing.status == .usage)
            #expect(missing.errors.contains("fix: check that it exists"))
            try Data([0x66, 0xFF]).write(to: URL(filePath: harness.directory + "/latin.cdc"))
            #expect(await harness.run("flow", "script", "latin.cdc").errors.contains("is not UTF-8 text"))
            try harness.write("[1, 2", to: "flow.json")
            let broken = await harness.run("flow", "script", "total.cdc", "UInt64:7", "--flow-json", "flow.json")
            #expect(broken.status == .usage)
            #expect(broken.errors.contains("error: flow.json: "))
        }
    }

    private struct KeyList: Decodable {
        var index: Int
        var weight: Int
        var revoked: Bool
    }

    @Test func `keys are added to the account, and revoked`() async throws {
        try await Self.with { harness, node in
            let added: Outcome = try await harness.run("flow", "keys", "add", "--count", "3", "--json").json()
            #expect(added.keys == [2, 3, 4])
            let other = try FlowPrivateKey.generate().publicKey.hex
            let text = await harness.run("flow", "keys", "add", "--public-key", other, "--weight", "0")
            #expect(text.output.contains("keys         5\n"), "\(text.errors)")
            #expect(await harness.run("flow", "keys", "revoke", "3").status == .success)
            let keys: [KeyList] = try await harness.run("flow", "keys", "list", Self.address, "--json").json()
            #expect(keys.map(\.weight) == [1000, 0, 1000, 1000, 1000, 0])
            #expect(keys.filter(\.revoked).map(\.index) == [3])
            let sent = node.transactions.count
            for wrong in [
                ["add", "--count", "0"], ["add", "--count", "101"], ["add", "--weight", "1001"],
                ["add", "--public-key", "12"], ["add", "--hash", "MD5"], ["add", "--algorithm", "RSA"],
                ["revoke", "0"],
            ] {
                let run = await harness.run(["flow", "keys"] + wrong)
                #expect(run.status == .usage, "\(wrong)")
                #expect(!run.errors.isEmpty)
            }
            #expect(node.transactions.count == sent)
        }
    }

    private struct Outcome: Decodable {
        var keys: [Int]?
        var id: String?
        var succeeded: Bool
        var fee: String?
        var code: Int?
        var reason: String?
    }
    private struct Status: Decodable {
        var status: String
        var events: [String]
    }

    @Test func `a transaction is sent, followed, and found again`() async throws {
        try await Self.with { harness, node in
            let outcome: Outcome = try await harness.run("flow", "send", "settle.cdc", "UInt64:7", "--json").json()
            #expect(outcome.succeeded)
            #expect(outcome.fee != nil)
            let id = try #require(outcome.id)
            let sent = try #require(node.transactions[id])
            #expect(sent.scriptText.contains("import FungibleToken from 0xee82856bf20e2aa6"))
            let status: Status = try await harness.run("flow", "status", id, "--json").json()
            #expect(status.status == "Sealed")
            #expect(status.events.contains("A.f8d6e0586b0a20c7.Billing.Settled"))
            // A node behind the same address may not know it yet.
            node.inject(.notFound, on: .transactionResult, times: 2)
            let text = await harness.run("flow", "status", id, "--wait")
            #expect(text.output.contains("status       Sealed"))
            #expect(text.status == .success)
            let unknown = await harness.run("flow", "status", String(repeating: "0", count: 64))
            #expect(unknown.status == .failed)
            let nonsense = await harness.run("flow", "status", "xyz")
            #expect(nonsense.status == .usage)
            #expect(nonsense.errors.contains("fix: copy the id that 'flowmeter flow send' printed"))
        }
    }

    @Test func `a transaction that fails ends with status 1 and the code`() async throws {
        try await Self.with { harness, _ in
            let run = await harness.run("flow", "send", "settle.cdc", "UInt64:13", "--json")
            #expect(run.status == .failed)
            let outcome: Outcome = try run.json()
            #expect(!outcome.succeeded)
            #expect(outcome.code == 1101)
            #expect(outcome.reason == "executed")
            let text = await harness.run("flow", "send", "settle.cdc", "UInt64:13").output
            #expect(text.contains("\nmessage      [Error Code: 1101]"))
            #expect(text.contains("\n             error: panic: "))
        }
    }

    @Test func `the same key in an outbox is sent once`() async throws {
        try await Self.with { harness, node in
            for _ in 0..<2 {
                let run = await harness.run(
                    "flow", "send", "settle.cdc", "UInt64:7", "--outbox", "flow.outbox", "--key", "epoch-7")
                #expect(run.status == .success, "\(run.errors)")
                #expect(run.output.contains("result       sealed"))
            }
            #expect(node.transactions.count == 1)
            #expect(await harness.run("flow", "send", "settle.cdc", "--key", "x").status == .usage)
            #expect(await harness.run("flow", "send", "settle.cdc", "--gas-limit", "0").status == .usage)
        }
    }

    @Test func `a key of the outbox that stands for another transaction is refused, with what to do`() async throws {
        try await Self.with { harness, node in
            let command = ["flow", "send", "settle.cdc", "UInt64:7", "--outbox", "flow.outbox", "--key", "epoch-7"]
            #expect(await harness.run(command).status == .success)
            for change in [["--gas-limit", "5000"], ["UInt64:8"]] {
                let run = await harness.run(command + change)
                #expect(run.status == .usage)
                #expect(run.errors.contains("the outbox knows 'epoch-7' as another transaction: nothing was sent"))
                #expect(run.errors.contains("fix: give this one a --key of its own, or run the command with the code"))
                #expect(run.output == "")
            }
            #expect(node.transactions.count == 1)
            #expect(await harness.run(command).status == .success)
        }
    }

    @Test(arguments: [([], 600), (["--expiry-blocks", "20"], 20)] as [([String], Int)])
    func `an emulator's transaction counts as lost after the networks' expiry, or the one that is named`(
        option: [String], expiry: Int
    ) async throws {
        try await Self.with({ configuration in
            configuration.blocks = .every(.milliseconds(1))
            configuration.chain.expiryBlocks = expiry
            configuration.chain.expiryBuffer = 2
        }) { harness, node in
            node.inject(.withhold, on: .sendTransaction)
            let run = await harness.run(["flow", "send", "settle.cdc", "UInt64:7"] + option)
            #expect(run.status == .success, "\(run.errors)")
            #expect(node.transactions.count == 2)
            #expect(node.finalHeight > 1000 + UInt64(expiry))
        }
    }

    @Test(arguments: ["mainnet", "testnet"])
    func `on a network no shorter expiry than its own is taken`(network: String) async throws {
        try await Self.with { harness, _ in
            let run = await harness.run(
                "flow", "send", "settle.cdc", "UInt64:7", "--network", network, "--expiry-blocks", "599")
            #expect(run.status == .usage)
            #expect(run.errors.contains("fix: leave --expiry-blocks out"))
        }
    }

    private struct Event: Decodable {
        var height: UInt64
        var type: String
        var value: Value
        struct Value: Decodable { var type: String }
    }

    @Test(arguments: [true, false])
    func `an interrupted command tells what is on its way, and the next one follows it`(hasOutbox: Bool) async throws {
        try await Self.with({ $0.blocks = .manual }) { harness, node in
            let harness = harness
            let command =
                ["flow", "send", "settle.cdc", "UInt64:7"]
                + (hasOutbox ? ["--outbox", "flow.outbox", "--key", "epoch-7"] : [])
            let run = try await withThrowingTaskGroup(of: CommandResult.self) { group in
                group.addTask { await harness.run(command) }
                try await node.waitForRequests(.transactionResult)
                group.cancelAll()
                return try #require(await group.next())
            }
            #expect(run.status == .failed)
            let id = try #require(node.transactions.keys.first)
            #expect(run.errors.contains("error: interrupted: transaction \(id) may be on its way\n"))
            #expect(run.errors.contains(hasOutbox ? "fix: run the same command again" : "flowmeter flow status \(id)"))
            node.settle()
            let next = await harness.run(hasOutbox ? command : ["flow", "status", id])
            #expect(next.status == .success, "\(next.errors)")
            #expect(node.transactions.count == 1)
        }
    }

    @Test func `events are printed one a line`() async throws {
        try await Self.with { harness, _ in
            for number in 1...3 { _ = await harness.run("flow", "send", "settle.cdc", "UInt64:\(number)") }
            let run = await harness.run("flow", "events", "A.f8d6e0586b0a20c7.Billing.Settled", "--from", "1000")
            let lines = run.output.split(separator: "\n")
            #expect(lines.count == 3)
            #expect(run.status == .success)
            for (number, line) in lines.enumerated() {
                let event = try JSONDecoder().decode(Event.self, from: Data(line.utf8))
                #expect(event.type == "A.f8d6e0586b0a20c7.Billing.Settled")
                #expect(event.value.type == "Event")
                #expect(line.contains(#"{"value":{"value":"\#(number + 1)","type":"UInt64"},"name":"n"}"#))
            }
            #expect(await harness.run("flow", "events", "flow.AccountCreated", "--last", "5").output == "")
            #expect(await harness.run("flow", "events", "nonsense").status == .usage)
            #expect(await harness.run("flow", "events", "flow.X", "--from", "1", "--last", "2").status == .usage)
            #expect(await harness.run("flow", "events", "flow.X", "--from", "9", "--to", "8").status == .usage)
            #expect(await harness.run("flow", "events", "flow.X", "--last", "0").status == .usage)
            for (height, text) in [("4000", "the latest is 10"), ("999", "knows no block before height 1000")] {
                let outside = await harness.run("flow", "events", "flow.X", "--from", height)
                #expect(outside.status == .failed)
                #expect(outside.errors.contains(text), "\(outside.errors)")
                #expect(outside.errors.contains("fix: "))
            }
        }
    }

    @Test func `a long range of events is read in parts, and shows how far it is`() async throws {
        try await Self.with({ $0.blocks = .manual }) { harness, node in
            node.step(700)
            let run = await harness.run("flow", "events", "flow.AccountCreated", "--from", "1000")
            #expect(run.status == .success, "\(run.errors)")
            #expect(run.output == "")
            #expect(run.errors.hasPrefix("reading blocks: "), "\(run.errors)")
            #expect(run.errors.contains("reading blocks: 50 %"))
            #expect(
                await harness.run("flow", "events", "flow.AccountCreated", "--from", "1000", "--quiet").errors == "")
        }
    }

    private struct Diagnosis: Decodable {
        struct Check: Decodable {
            var check: String
            var verdict: String
        }
        var healthy: Bool
        var checks: [Check]
    }

    @Test func `doctor finds everything in order`() async throws {
        try await Self.with { harness, _ in
            let run = await harness.run("flow", "doctor", "--json")
            #expect(run.status == .success)
            let diagnosis: Diagnosis = try run.json()
            #expect(diagnosis.healthy)
            #expect(diagnosis.checks.map(\.verdict) == ["ok", "ok", "ok"])
        }
    }

    @Test func `doctor says how far nodes are behind each other`() async throws {
        try await Self.with { harness, node in
            try await MockAccessNode.withReplica(of: node) { replica in
                var harness = harness
                harness.environment["FLOWMETER_FLOW_ACCESS_NODES"] = "\(replica.baseURL),\(node.baseURL)"
                let level = await harness.run("flow", "doctor")
                #expect(level.output.contains("\(replica.baseURL)/v1 answers: flow-emulator"))
                #expect(level.output.components(separatedBy: "sealed height 1000, the highest\n").count == 3)
                #expect(level.status == .success)
                replica.standStill()
                node.step(30)
                let near = await harness.run("flow", "doctor")
                #expect(near.output.contains("sealed height 1000, 30 behind the highest\n"))
                #expect(!near.output.contains("fix:"))
                node.step()
                let far = await harness.run("flow", "doctor")
                #expect(far.output.contains("warning  access node"), "\(far.output)")
                #expect(far.output.contains("sealed height 1000, 31 behind the highest\n"))
                #expect(far.output.contains("fix: it stands still or is behind"))
                #expect(far.status == .success)
            }
        }
    }

    @Test(arguments: [
        ("FLOWMETER_FLOW_KEY_INDEX", "1", "weighs 0"),
        ("FLOWMETER_FLOW_HASH_ALGORITHM", "SHA2_256", "hashes with SHA3_256"),
        ("FLOWMETER_FLOW_KEY", "01", "FLOWMETER_FLOW_KEY: "),
        ("FLOWMETER_FLOW_KEY", String(repeating: "01", count: 32), "is not FLOWMETER_FLOW_KEY's"),
        ("FLOWMETER_FLOW_ADDRESS", "0xf233dcee88fe0abe", "belongs to flow-mainnet"),
        ("FLOW_NETWORK", "testnet", "it is of another network"), ("FLOW_NETWORK", "moon", "FLOW_NETWORK is 'moon'"),
        ("FLOWMETER_FLOW_ACCESS_NODES", "http://127.0.0.1:1", "cannot be reached: Connection refused"),
        (
            "FLOWMETER_FLOW_ACCESS_NODES", "http://nowhere.invalid:1",
            "cannot be reached: the name nowhere.invalid has no address"
        ),
    ])
    func `doctor says what is wrong, and never shows the key`(name: String, value: String, text: String) async throws {
        try await Self.with { harness, _ in
            harness.environment[name] = value
            let run = await harness.run("flow", "doctor")
            #expect(run.status == .attention)
            #expect(run.output.contains(text), "\(run.output)")
            #expect(run.output.contains("fix:"))
            #expect(!run.output.contains(Self.key) && !run.errors.contains(Self.key))
        }
    }

    @Test func `a key file is read`() async throws {
        try await Self.with { harness, _ in
            try harness.write(Self.key + "\n", to: "service.key")
            harness.environment["FLOWMETER_FLOW_KEY"] = "@service.key"
            #expect(await harness.run("flow", "send", "settle.cdc", "UInt64:7").status == .success)
            harness.environment["FLOWMETER_FLOW_KEY"] = "@missing.key"
            let missing = await harness.run("flow", "send", "settle.cdc", "UInt64:7")
            #expect(missing.status == .usage)
            #expect(missing.errors.contains("the file behind the @ cannot be read\nfix: check that it exists"))
        }
    }
}
