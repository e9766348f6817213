import Testing

@testable import Flow

@Suite("Imports of Cadence code")
struct ImportRewriterTests {
    private let aliases = ContractAliases([
        "FungibleToken": FlowAddress(rawValue: 0xF1), "Billing": FlowAddress(rawValue: 0xB1),
    ])

    @Test(arguments: [
        (#"import "FungibleToken""#, "import FungibleToken from 0x00000000000000f1"),
        (#"import "Billing" as B"#, "import Billing as B from 0x00000000000000b1"),
        (#"import Billing from "../contracts/Billing.cdc""#, "import Billing from 0x00000000000000b1"),
        (#"import Billing from "Billing""#, "import Billing from 0x00000000000000b1"),
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
        "import Crypto import FungibleToken from 0x01",
        #"transaction { prepare(a: &Account) { let import_ = 1 } }"#,
    ])
    func `everything else stays`(source: String) throws {
        #expect(try aliases.rewriteImports(of: source) == source)
    }

    @Test func `a contract without an alias is named`() {
        let error = #expect(throws: FlowError.self) { try aliases.rewriteImports(of: #"import "Nowhere""#) }
        #expect(error?.message.contains("'Nowhere'") == true)
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

    @Test(arguments: [FlowChain.mainnet, .testnet, .emulator])
    func `the standard contracts' addresses belong to their chain`(chain: FlowChain) throws {
        let aliases = ContractAliases.standard(on: chain)
        #expect(aliases.addresses.count >= 14)
        for address in aliases.addresses.values { try chain.check(address) }
    }
}
