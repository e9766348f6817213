import Testing

@testable import Flow

@Suite("Imports of Cadence code")
struct ImportRewriterTests {
    private let aliases = ContractAliases([
        "FungibleToken": FlowAddress(rawValue: 0xF1), "Billing": FlowAddress(rawValue: 0xB1),
        "from": FlowAddress(rawValue: 0xF0),
    ])

    @Test(arguments: [
        (#"import "FungibleToken""#, "import FungibleToken from 0x00000000000000f1"),
        (#"import "Billing" as B"#, "import Billing as B from 0x00000000000000b1"),
        (#"import Billing from "../contracts/Billing.cdc""#, "import Billing from 0x00000000000000b1"),
        (#"import Billing from "Billing""#, "import Billing from 0x00000000000000b1"),
        (
            #"import FungibleToken as FT, Billing from "contracts""#,
            "import FungibleToken as FT from 0x00000000000000f1\nimport Billing from 0x00000000000000b1"
        ),
        (
            #"import from, Billing from "x""#,
            "import from from 0x00000000000000f0\nimport Billing from 0x00000000000000b1"
        ),
        (#"import Crypto import "Billing""#, "import Crypto import Billing from 0x00000000000000b1"),
        (#"import /* why */ Billing as B /* so */ from "x""#, "import Billing as B from 0x00000000000000b1"),
        (
            #"import "./contracts/Billing.cdc" import "FungibleToken""#,
            "import Billing from 0x00000000000000b1 import FungibleToken from 0x00000000000000f1"
        ),
        (
            #"/* import "X" /* nested */ import "Y" */ import "Billing""#,
            #"/* import "X" /* nested */ import "Y" */ import Billing from 0x00000000000000b1"#
        ),
    ])
    func `imports by name get addresses`(source: String, expected: String) throws {
        #expect(try aliases.rewriteImports(of: source) == expected)
        #expect(try aliases.rewriteImports(of: expected) == expected)
    }

    @Test(arguments: [
        "import Crypto", "import FungibleToken from 0x9a0766d93b6608b7", "import A, B from 0x1", "",
        "// import \"Nowhere\"\ntransaction {}", #"transaction { execute { log("import \"Nowhere\"") } }"#,
        #"let importance = "x""#, "import", "import \"", "import \"a", "import \"\\\"", "import \"a\nimport Crypto",
        "import Crypto import FungibleToken from 0x01", #"import A B from "x""#, #"import A, from "x""#,
        #"import A as from "x""#, #"import , A from "x""#, "import Crypto\naccess(all) let from: String = \"x\"",
        #"transaction { prepare(a: &Account) { let import_ = 1 } }"#,
    ])
    func `everything else stays`(source: String) throws {
        #expect(try aliases.rewriteImports(of: source) == source)
    }

    @Test func `a contract without an alias is named`() {
        let error = #expect(throws: FlowError.self) { try aliases.rewriteImports(of: #"import "Nowhere""#) }
        #expect(error?.message.contains("'Nowhere'") == true)
    }

    @Test func `a second name after a comma is refused, not half rewritten`() {
        let error = #expect(throws: FlowError.self) {
            try aliases.rewriteImports(of: #"import "Billing", "FungibleToken""#)
        }
        #expect(error?.code == .invalidInput)
        #expect(throws: FlowError.self) { try aliases.rewriteImports(of: #"import Billing, Nowhere from "x""#) }
    }

    @Test func `a contract that flow.json calls by another name keeps its own on chain`() throws {
        let json = """
            {"contracts": {"FUSD": {"source": "a.cdc", "aliases": {"testnet": "0x9a0766d93b6608b7"}},
              "FUSD1": {"source": "a.cdc", "aliases": {"testnet": "e223d8a629e49c68"}, "canonical": "FUSD"}}}
            """
        let aliases = ContractAliases.standard(on: .testnet).merging(
            try ContractAliases(flowJSON: Array(json.utf8), network: "testnet"))
        let rewritten = try aliases.rewriteImports(of: #"import "FUSD" import "FUSD1" import "FUSD1" as F"#)
        #expect(
            rewritten == "import FUSD from 0x9a0766d93b6608b7 import FUSD as FUSD1 from 0xe223d8a629e49c68 "
                + "import FUSD as F from 0xe223d8a629e49c68")
    }

    @Test func `a dependency's origin is its address, unless an alias says otherwise`() throws {
        let json = """
            {"dependencies": {"FlowToken": "mainnet://1654653399040a61.FlowToken",
              "Burner": {"source": "mainnet://f233dcee88fe0abe.Burner", "hash": "x", "aliases": {"testnet": "0x02"}},
              "Other": {"source": "mainnet://f233dcee88fe0abe.Other", "aliases": {"mainnet": "0x03"}}}}
            """
        func aliases(_ network: String) throws -> [String: String] {
            try ContractAliases(flowJSON: Array(json.utf8), network: network).addresses.mapValues(\.hex)
        }
        #expect(
            try aliases("mainnet") == [
                "FlowToken": "1654653399040a61", "Burner": "f233dcee88fe0abe", "Other": "0000000000000003",
            ])
        #expect(try aliases("testnet") == ["Burner": "0000000000000002"])
    }

    @Test func `accounts that the network does not deploy to may be anything`() throws {
        let json = """
            {"accounts": {"a": {"address": "$TESTNET_ADDRESS", "key": "$KEY"}, "b": {"address": "0x01", "key": "k"},
              "c": {"fromFile": "c.json"}},
             "deployments": {"testnet": {"a": ["X"]}, "emulator": {"b": ["Y"]}}}
            """
        #expect(
            try ContractAliases(flowJSON: Array(json.utf8), network: "emulator").addresses
                == ["Y": FlowAddress(rawValue: 1)])
        #expect(throws: FlowError.self) { try ContractAliases(flowJSON: Array(json.utf8), network: "testnet") }
    }

    private let flowJSON = Array(
        """
        {"contracts": {"Billing": {"source": "a.cdc", "aliases": {"testing": "0000000000000007", "testnet": "0x01"}},
          "Plain": "b.cdc", "Deployed": {"source": "c.cdc"}},
         "dependencies": {"FlowToken": {"source": "mainnet://1654653399040a61.FlowToken", "hash": "x",
          "aliases": {"emulator": "0ae53cb6e3f42a79", "testnet": "7e60df042a9c0868"}}},
         "networks": {"emulator": "127.0.0.1:3569"},
         "accounts": {"alice": {"address": "f8d6e0586b0a20c7", "key": "00"}},
         "deployments": {"emulator": {"alice": ["Deployed", {"name": "Plain", "args": []}]}}}
        """.utf8)

    @Test func `flow.json has the aliases of each network`() throws {
        let testnet = try ContractAliases(flowJSON: flowJSON, network: "testnet")
        #expect(testnet.addresses.mapValues(\.hex) == ["Billing": "0000000000000001", "FlowToken": "7e60df042a9c0868"])
        let emulator = try ContractAliases(flowJSON: flowJSON, network: "emulator")
        #expect(
            emulator.addresses.mapValues(\.hex) == [
                "FlowToken": "0ae53cb6e3f42a79", "Deployed": "f8d6e0586b0a20c7", "Plain": "f8d6e0586b0a20c7",
            ])
        #expect(throws: FlowError.self) { try ContractAliases(flowJSON: Array("{".utf8), network: "emulator") }
    }

    @Test(arguments: [
        "flow-mainnet", "flow-testnet", "flow-emulator", "flow-localnet", "flow-emulator-monotonic",
    ])
    func `the standard contracts' addresses belong to their chain`(id: String) throws {
        let chain = try #require(FlowChain(id: id))
        let aliases = ContractAliases.standard(on: chain)
        #expect(aliases["Crypto"] == chain.serviceAddress)
        #expect(aliases.addresses.count >= 14)
        for address in aliases.addresses.values { try chain.check(address) }
    }
}
