import NIOCore
import Testing

@testable import Bolt

/// Encoding and decoding are each other's inverse, for values of every kind.
@Suite struct RoundTripTests {
    @Test("A value survives encoding and decoding", arguments: 0..<40)
    func roundTrip(_ round: Int) throws {
        let seed = UInt64(round) &* 0x9E37_79B9_7F4A_7C15 &+ 0xB017
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let value = TestValue.random(depth: 5, &generator)
            var writer = PackStreamWriter(dialect: .newest)
            try value.encode(to: &writer)
            let decoded = try BoltValue(packStream: writer.bytes)
            #expect(TestValue(decoded) == value.normalized, "seed \(seed)")
            // A decoded value is sent again as it came.
            #expect(try BoltValue(decoded).packStream == writer.bytes, "seed \(seed)")
            #expect(decoded == (try BoltValue(value.normalized)), "seed \(seed)")
        }
    }

    @Test("Damaged bytes are refused or read, and nothing else", arguments: 0..<40)
    func damage(_ round: Int) throws {
        let seed = UInt64(round) &* 0x9E37_79B9_7F4A_7C15 &+ 0xDA7A
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            var writer = PackStreamWriter(dialect: .newest)
            try TestValue.random(depth: 4, &generator).encode(to: &writer)
            var bytes = Array(writer.bytes.readableBytesView)
            for _ in 0..<3 {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            guard let value = try? BoltValue(packStream: ByteBuffer(bytes: bytes)) else { continue }
            // What is accepted can be walked to its end.
            #expect(TestValue(value) == TestValue(value), "seed \(seed)")
            #expect(!value.description.isEmpty, "seed \(seed)")
        }
    }

    @Test("Nesting is limited")
    func nesting() throws {
        let limit = PackStream.depthLimit
        func nested(_ depth: Int) -> ByteBuffer {
            ByteBuffer(bytes: [UInt8](repeating: 0x91, count: depth) + [0x01])
        }
        #expect(throws: Never.self) { try BoltValue(packStream: nested(limit)) }
        let error = #expect(throws: BoltError.self) { try BoltValue(packStream: nested(limit + 1)) }
        #expect(error?.code == .malformedValue)
        #expect(throws: BoltError.self) { try BoltValue(packStream: nested(1_000_000)) }
    }

    @Test(
        "A size that the bytes cannot hold is refused at once",
        arguments: ["d6ffffffff", "daffffffff", "d2ffffffff", "ceffffffff", "d67fffffff00", "da0000000200", "b14e"])
    func sizes(_ hex: String) throws {
        let bytes = try #require([UInt8](hex: hex))
        let error = #expect(throws: BoltError.self) { try BoltValue(packStream: ByteBuffer(bytes: bytes)) }
        #expect(error?.code == .malformedValue)
    }

    @Test("Equality is by meaning")
    func equality() throws {
        func value(_ hex: String) throws -> BoltValue {
            try BoltValue(packStream: ByteBuffer(bytes: try #require([UInt8](hex: hex))))
        }
        #expect(try value("2a") == value("cb000000000000002a"))
        #expect(try value("a2816101816202") == value("a2816202816101"))
        #expect(try value("a2816101816103") == value("a1816103"))
        #expect(try value("01") != value("c13ff0000000000000"))
        #expect(try value("2a").hashValue == value("c82a").hashValue)
        #expect(try value("a2816101816103").map?["a"] == 3)
        #expect(try value("a2816101816103").map?.count == 2)
    }

    @Test("What lies within a value is a view of its bytes; nothing is copied")
    func views() throws {
        let whole: BoltValue = ["list": [1, ["text": "a longer text than fits into a string by itself"]]]
        func addresses(_ value: BoltValue) -> Range<UInt> {
            value.packStream.withUnsafeReadableBytes { bytes in
                let start = UInt(bitPattern: bytes.baseAddress)
                return start..<(start + UInt(bytes.count))
            }
        }
        let list = try #require(whole.map?["list"])
        let inner = try #require(list.list?[1])
        let text = try #require(inner.map?["text"])
        for (outer, part) in [(whole, list), (list, inner), (inner, text)] {
            #expect(addresses(part).clamped(to: addresses(outer)) == addresses(part))
            #expect(addresses(part).count < addresses(outer).count)
        }
    }

    @Test("Literals are values")
    func literals() {
        let value: BoltValue = ["name": "Ada", "born": 1815, "tags": ["math", nil, true], "rate": 0.5]
        #expect(value.map?["name"]?.string == "Ada")
        #expect(value.map?["tags"]?.list?.count == 3)
        #expect(value.map?["tags"]?.list?[1]?.isNull == true)
        #expect(value.description == #"{name: "Ada", born: 1815, tags: ["math", null, true], rate: 0.5}"#)
    }
}

extension TestValue {
    static func random(depth: Int, _ generator: inout SeededGenerator) -> TestValue {
        switch Int.random(in: 0...(depth > 0 ? 10 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2:
            // Every width is as likely.
            return .integer(
                Int64.random(in: .min ... .max, using: &generator) >> Int64.random(in: 0...63, using: &generator))
        case 3: return .float(UInt64.random(in: 0 ... .max, using: &generator))
        case 4: return .string(text(&generator))
        case 5: return .bytes((0..<size(&generator)).map { _ in UInt8.random(in: 0...255, using: &generator) })
        case 6:
            return .uuid(
                BoltUUID(
                    high: .random(in: 0 ... .max, using: &generator), low: .random(in: 0 ... .max, using: &generator)))
        case 7, 8: return .list((0..<(size(&generator) / 4)).map { _ in random(depth: depth - 2, &generator) })
        case 9:
            return .map(
                (0..<(size(&generator) / 4)).map { _ in
                    Pair(key: text(&generator), value: random(depth: depth - 2, &generator))
                })
        default:
            let tag = UInt8.random(in: 0...127, using: &generator)
            // Dates of the older form are rewritten when they are sent; see DateTimeTests.
            let isLegacy = tag == UInt8(ascii: "F") || tag == UInt8(ascii: "f")
            return .structure(
                isLegacy ? 1 : tag,
                (0..<Int.random(in: 0...15, using: &generator)).map { _ in random(depth: depth - 2, &generator) })
        }
    }

    private static func size(_ generator: inout SeededGenerator) -> Int {
        Int.random(in: 0..<(1 << Int.random(in: 1...9, using: &generator)), using: &generator)
    }

    private static func text(_ generator: inout SeededGenerator) -> String {
        let letters: [Character] = ["a", "Z", "7", " ", "`", "\"", "é", "ü", "漢", "🙂", "👩‍👧", "\u{0}", "\n"]
        return String(
            (0..<(size(&generator) / 4)).map { _ in letters[Int.random(in: letters.indices, using: &generator)] })
    }
}

/// The SplitMix64 generator (Steele, Lea, Flood 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
