import ChainPrimitives
import Testing

@Suite("RLP")
struct RLPTests {
    // MARK: Vectors, both ways

    @Test func `integers are written and read as published`() throws {
        for vector in try Vectors.load().rlpScalars {
            var encoder = RLPEncoder()
            encoder.integer(vector.value)
            #expect(Hex.encode(encoder.encoded) == vector.rlp)
            var reader = RLPReader(try bytes(vector.rlp))
            #expect(try reader.integer(UInt64.self) == vector.value)
            try reader.finish()
        }
    }

    @Test func `byte strings are written and read as published`() throws {
        for vector in try Vectors.load().rlpBytes {
            let content: [UInt8]
            if let hex = vector.hex {
                content = try bytes(hex)
            } else {
                content = Array(repeating: try bytes(vector.fill ?? "")[0], count: vector.hexLen ?? 0)
            }
            var encoder = RLPEncoder()
            encoder.bytes(content)
            if let rlp = vector.rlp { #expect(Hex.encode(encoder.encoded) == rlp) }
            if let prefix = vector.rlpPrefix { #expect(Hex.encode(encoder.encoded).hasPrefix(prefix)) }
            var reader = RLPReader(encoder.encoded)
            #expect(try reader.bytes() == content)
            try reader.finish()
        }
    }

    @Test func `lists of the yellow paper are written and read`() throws {
        var encoder = RLPEncoder()
        // [ [], [[]], [ [], [[]] ] ]
        encoder.list { outer in
            outer.list { _ in }
            outer.list { $0.list { _ in } }
            outer.list { inner in
                inner.list { _ in }
                inner.list { $0.list { _ in } }
            }
        }
        #expect(Hex.encode(encoder.encoded) == "c7c0c1c0c3c0c1c0")
        var cats = RLPEncoder()
        cats.list { list in
            list.bytes(Array("cat".utf8))
            list.bytes(Array("dog".utf8))
        }
        #expect(Hex.encode(cats.encoded) == "c88363617483646f67")
        var reader = RLPReader(cats.encoded)
        var list = try reader.list()
        #expect(try list.bytes(count: 3) == Array("cat".utf8))
        #expect(try list.bytes() == Array("dog".utf8))
        try list.finish()
        try reader.finish()
    }

    // MARK: Strictness

    @Test(arguments: [
        "", "8100", "817f", "b800", "b837" + String(repeating: "61", count: 55), "b90038", "b9", "b8", "83", "836161",
        "c1", "c28361", "f800", "f90001", "bfffffffffffffffff", "ffffffffffffffffff", "c2c1", "f838", "b800ff",
    ])
    func `what is not canonical is refused`(hex: String) throws {
        var reader = RLPReader(try bytes(hex))
        let error = #expect(throws: ChainPrimitivesError.self) { try reader.skip() }
        #expect(error?.code == .malformedRLP)
    }

    @Test(arguments: ["00", "8200ff", "890100000000000000ff", "c0"])
    func `integers have no leading zeros and fit`(hex: String) throws {
        var reader = RLPReader(try bytes(hex))
        #expect(throws: ChainPrimitivesError.self) { try reader.integer(UInt64.self) }
    }

    @Test func `kinds and lengths are checked, and so is what is left over`() throws {
        var reader = RLPReader([0xC0])
        #expect(throws: ChainPrimitivesError.self) { try reader.bytes() }
        reader = RLPReader([0x80])
        #expect(throws: ChainPrimitivesError.self) { try reader.list() }
        reader = RLPReader([0x82, 1, 2])
        #expect(throws: ChainPrimitivesError.self) { try reader.bytes(count: 3) }
        reader = RLPReader([0x01, 0x02])
        #expect(try reader.integer(UInt8.self) == 1)
        #expect(throws: ChainPrimitivesError.self) { try reader.finish() }
    }

    @Test func `a million levels do not exhaust the stack`() throws {
        // Each level's header is canonical, so the depth itself must be handled.
        var lengths: [Int] = []
        var size = 1
        while size < 1_000_000 {
            lengths.append(size)
            size += size <= 55 ? 1 : 1 + (size < 256 ? 1 : size < 65_536 ? 2 : 3)
        }
        var bytes: [UInt8] = []
        for length in lengths.reversed() {
            if length <= 55 {
                bytes.append(0xC0 + UInt8(length))
            } else {
                let digits = [length >> 16, length >> 8, length].map { UInt8(truncatingIfNeeded: $0) }.drop { $0 == 0 }
                bytes.append(0xF7 + UInt8(digits.count))
                bytes += digits
            }
        }
        bytes.append(0xC0)
        var reader = RLPReader(bytes)
        #expect(try reader.skip().count == bytes.count)
        try reader.finish()
    }

    // MARK: Properties

    indirect enum Item: Hashable {
        case bytes([UInt8])
        case list([Item])

        static func random(depth: Int, using random: inout SeededGenerator) -> Item {
            if depth == 0 || Bool.random(using: &random) {
                let count = [0, 1, 1, 2, 55, 56, 57, 300, 70_000].randomElement(using: &random) ?? 0
                return .bytes(random.bytes(count > 1000 && depth < 3 ? 3 : count))
            }
            return .list(
                (0..<Int.random(in: 0...4, using: &random)).map { _ in .random(depth: depth - 1, using: &random) })
        }

        func write(to encoder: inout RLPEncoder) {
            switch self {
            case .bytes(let bytes): encoder.bytes(bytes)
            case .list(let items): encoder.list { encoder in for item in items { item.write(to: &encoder) } }
            }
        }

        init(from reader: inout RLPReader) throws {
            if reader.nextKind == .bytes {
                self = .bytes(try reader.bytes())
                return
            }
            var list = try reader.list()
            var items: [Item] = []
            while !list.isAtEnd { items.append(try Item(from: &list)) }
            self = .list(items)
        }
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `random items are read back, and every change of a byte is an error or another item`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let item = Item.random(depth: 4, using: &random)
        var encoder = RLPEncoder()
        item.write(to: &encoder)
        var reader = RLPReader(encoder.encoded)
        #expect(try Item(from: &reader) == item, "seed \(seed)")
        try reader.finish()
        for _ in 0..<20 {
            var changed = encoder.encoded
            changed[Int.random(in: 0..<changed.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            var reader = RLPReader(changed)
            guard let other = try? Item(from: &reader), reader.isAtEnd else { continue }
            // One encoding for each item: what is accepted is written back as the same bytes.
            var again = RLPEncoder()
            other.write(to: &again)
            #expect(again.encoded == changed, "seed \(seed)")
        }
    }
}
