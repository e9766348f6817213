import Crypto
import Foundation
import Metering
import MeteringConformance
import Testing

@Suite("Canonical receipts")
struct CanonicalReceiptTests {
    private func event() throws -> UsageEvent {
        UsageEvent(
            id: EventID(rawValue: "msg_01gEYkbUrMWeWQLGsCmrG6dL"), customer: CustomerID(rawValue: "acme"),
            session: SessionID(rawValue: "7e40b2f7-a2ad-48ba-a930-6aa4df64f607"), key: APIKeyID(rawValue: "key_1"),
            requestID: "req_011CQ7", agent: nil, model: "claude-opus-5-5",
            time: try Timestamp(text: "2026-11-23T19:15:35.468Z"),
            lines: [
                SKULine(sku: SKU(rawValue: "claude-opus-5-5/input"), quantity: 472),
                SKULine(sku: SKU(rawValue: "claude-opus-5-5/output"), quantity: 89),
            ],
            charge: .priced(PicoUSD(3_668_000_000)),
            priceBook: PriceCatalog.anthropic.book(at: try Timestamp(text: "2026-11-23")).hash, quality: .exact,
            source: .gateway)
    }

    /// The text between the fences that follow a heading of docs/receipts.md.
    private func documented(_ heading: String) throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../docs/receipts.md").standardizedFileURL
        let text = try String(contentsOf: file, encoding: .utf8)
        let section = try #require(text.range(of: heading)).upperBound
        let block = text[section...].components(separatedBy: "```")
        try #require(block.count > 2)
        return block[1].split(separator: "\n").dropFirst().joined(separator: "\n")
    }

    @Test("docs/receipts.md shows a receipt exactly as it is made, and its hash")
    func documentedExample() throws {
        let event = try event()
        let bytes = CanonicalReceipt.encode(event, sequence: 1, previousHash: .zero)
        #expect(try documented("### The bytes") == String(decoding: bytes, as: UTF8.self))
        let hash = CanonicalReceipt.hash(event, sequence: 1, previousHash: .zero)
        #expect(try documented("### The hash") == hash.description)
        #expect(hash.bytes == Array(SHA3_256.hash(data: Data(bytes))))
    }

    @Test("an unpriced receipt has no charge and names what is missing")
    func unpriced() throws {
        var event = try event()
        event.charge = .unpriced(missing: [SKU(rawValue: "a/input"), SKU(rawValue: "a/output")])
        let text = String(decoding: CanonicalReceipt.encode(event, sequence: 1, previousHash: .zero), as: UTF8.self)
        #expect(text.hasPrefix(#"{"charge":null,"#))
        #expect(text.contains(#""missing":["a/input","a/output"],"#))
    }

    @Test("what is not known is left out")
    func absent() throws {
        var event = try event()
        event.requestID = nil
        event.agent = "a1"
        event.lines = []
        let text = String(decoding: CanonicalReceipt.encode(event, sequence: 1, previousHash: .zero), as: UTF8.self)
        #expect(!text.contains("request_id"))
        #expect(text.hasPrefix(#"{"agent":"a1","charge":3668000000,"#))
        #expect(text.contains(#""lines":[],"#))
    }

    @Test(
        "every field changes the hash",
        arguments: [
            { $0.id = EventID(rawValue: "x") }, { $0.customer = CustomerID(rawValue: "x") },
            { $0.session = SessionID(rawValue: "x") }, { $0.key = APIKeyID(rawValue: "x") }, { $0.requestID = nil },
            { $0.agent = "x" }, { $0.model = "x" }, { $0.time = Timestamp(milliseconds: 1) }, { $0.lines = [] },
            { $0.lines[0].quantity += 1 }, { $0.charge = .priced(PicoUSD(1)) },
            { $0.charge = .unpriced(missing: [.webSearch]) }, { $0.priceBook = .zero }, { $0.quality = .drained },
            { $0.source = .import },
        ] as [@Sendable (inout UsageEvent) -> Void])
    func everyField(_ change: @Sendable (inout UsageEvent) -> Void) throws {
        let original = try event()
        var changed = original
        change(&changed)
        let hash = CanonicalReceipt.hash(original, sequence: 1, previousHash: .zero)
        #expect(CanonicalReceipt.hash(changed, sequence: 1, previousHash: .zero) != hash)
        #expect(CanonicalReceipt.hash(original, sequence: 2, previousHash: .zero) != hash)
        #expect(CanonicalReceipt.hash(original, sequence: 1, previousHash: hash) != hash)
    }

    @Test("Python's json module and hashlib give the same bytes and hashes, whatever the text")
    func equalsPython() throws {
        let seed: UInt64 = 99
        var generator = SeededGenerator(seed: seed)
        let texts = [
            "plain", "", "\"quoted\" \\", "é", "🜁", "\u{0}\u{1}\u{1f}\u{7f}", "\n\r\t\u{8}\u{c}",
            "\u{2028}\u{ffff}\u{10ffff}", "</x>",
        ]
        var receipts: [[UInt8]] = []
        for index in 0..<300 {
            func text() -> String { texts[Int.random(in: texts.indices, using: &generator)] }
            var event = try event()
            event.id = EventID(rawValue: text())
            event.session = SessionID(rawValue: text())
            event.agent = text()
            event.model = text()
            event.requestID = index.isMultiple(of: 3) ? nil : text()
            event.charge =
                index.isMultiple(of: 5)
                ? .unpriced(missing: [SKU(rawValue: text())])
                : .priced(PicoUSD(Int128.random(in: .min ... .max, using: &generator) >> Int128(index % 127)))
            event.lines = (0..<index % 4).map { SKULine(sku: SKU(rawValue: text()), quantity: Int64($0) - 1) }
            receipts.append(CanonicalReceipt.encode(event, sequence: Int64(index), previousHash: .zero))
        }
        let python = """
            import hashlib, json, sys
            for line in sys.stdin.buffer.read().split(b"\\n")[:-1]:
                same = json.dumps(json.loads(line), sort_keys=True, separators=(",", ":")).encode() == line
                print(hashlib.sha3_256(line).hexdigest() if same else "other bytes: " + repr(line))
            """
        let lines = try Python.lines(["-c", python], input: Data(receipts.flatMap { $0 + [UInt8(ascii: "\n")] }))
        try #require(lines.count == receipts.count)
        for (receipt, line) in zip(receipts, lines) {
            let hash = Digest32(bytes: Array(SHA3_256.hash(data: Data(receipt))))
            #expect(String(line) == hash?.description, "seed \(seed)")
        }
    }
}
