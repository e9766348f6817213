import Testing

@testable import Flow

@Suite("Addresses and ids")
struct AddressTests {
    @Test(arguments: [
        ("1", "0000000000000001"), ("0x01cf0e2f2f715450", "01cf0e2f2f715450"), ("F8D6E0586B0A20C7", "f8d6e0586b0a20c7"),
    ])
    func `addresses are read with and without prefix`(text: String, hex: String) throws {
        let address = try FlowAddress(text)
        #expect(address.hex == hex)
        #expect(address.description == "0x" + hex)
        #expect(try FlowAddress(address.description) == address)
        #expect(FlowAddress(rawValue: address.bytes.reduce(0) { $0 << 8 | UInt64($1) }) == address)
    }

    @Test(arguments: ["", "0x", "0x0x1", "g", "+1", "-1", "0123456789abcdef0", " 1"])
    func `other texts are no addresses`(text: String) {
        #expect(throws: FlowError.self) { try FlowAddress(text) }
    }

    @Test func `the first addresses of each chain are as published`() throws {
        try Vectors.root["addresses"]["chains"].forEachMember { (id, chain) throws(FlowError) in
            guard let known = FlowChain(id: try id.string()) else { throw FlowError(.invalidInput, "no chain") }
            try chain["first"].forEachElement { (node) throws(FlowError) in
                let index = UInt64(try node["index"].numberText()) ?? 0
                let address = try known.address(index: index)
                #expect(address.hex == (try? node["address"].string()))
                #expect(known.isValid(address))
            }
        }
    }

    @Test func `addresses belong to chains as published`() throws {
        let cases = try Vectors.list("addresses", "validity")
        #expect(cases.count == 24)
        for node in cases {
            let chain = try #require(FlowChain(id: try node.text("chain")))
            let address = try FlowAddress(try node.text("address"))
            #expect(try chain.isValid(address) == node["valid"].bool(), "\(address) on \(chain)")
        }
    }

    @Test func `a wrong chain is named, and a typing mistake is told`() throws {
        let mainnet = try FlowAddress("f233dcee88fe0abe")
        let error = #expect(throws: FlowError.self) { try FlowChain.testnet.check(mainnet) }
        #expect(error?.message.contains("it belongs to flow-mainnet") == true)
        for bit in 0..<64 {
            let wrong = FlowAddress(rawValue: mainnet.rawValue ^ 1 << UInt64(bit))
            #expect(throws: FlowError.self) { try FlowChain.mainnet.check(wrong) }
        }
        #expect(FlowChain.emulator.serviceAddress.hex == "f8d6e0586b0a20c7")
        #expect(throws: FlowError.self) { try FlowChain.mainnet.address(index: 0) }
        #expect(throws: FlowError.self) { try FlowChain.mainnet.address(index: 1 << 45) }
        #expect(FlowChain(id: "flow-unheard-of") == nil)
    }

    @Test func `ids are 64 digits`() throws {
        let text = String(repeating: "0123456789abcdef", count: 4)
        #expect(try FlowIdentifier(text).description == text)
        #expect(try FlowIdentifier(bytes: FlowIdentifier(text).bytes).description == text)
        #expect(throws: FlowError.self) { try FlowIdentifier(String(text.dropLast())) }
        #expect(throws: FlowError.self) { try FlowIdentifier(bytes: [1, 2, 3]) }
    }

    @Test func `an emulator with simple addresses counts them`() throws {
        let chain = try #require(FlowChain(id: "flow-emulator-monotonic"))
        #expect(chain.serviceAddress.rawValue == 1)
        #expect(try chain.address(index: 5).rawValue == 5)
        #expect(chain.isValid(FlowAddress(rawValue: 1 << 45 - 1)))
        #expect(!chain.isValid(FlowAddress(rawValue: 1 << 45)))
        #expect(!chain.isValid(.zero))
        #expect(!chain.isValid(FlowChain.emulator.serviceAddress))
    }
}
