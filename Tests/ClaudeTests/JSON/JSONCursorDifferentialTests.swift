import Claude
import ClaudeFuzzing
import Foundation
import Testing

/// The cursor against Foundation's JSON reader, on random documents and on random damage to them.
@Suite("JSONCursor: agreement with Foundation")
struct JSONCursorDifferentialTests {
    @Test("reads the same values as JSONDecoder", arguments: 0..<20 as Range<UInt64>)
    func readsSameValues(seed: UInt64) throws {
        var generator = RandomJSON(seed: seed)
        for _ in 0..<100 {
            let value = generator.value(depth: 0)
            let text = generator.text(of: value)
            let read = try Array(text.utf8).withUnsafeBytes { bytes in
                var cursor = JSONCursor(bytes)
                let value = try JSONValue(reading: &cursor)
                try cursor.finish()
                return value
            }
            #expect(read == value, "seed \(seed): \(text)")
            let decoded = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
            #expect(read == decoded, "seed \(seed): \(text)")
        }
    }

    @Test("accepts and refuses the same damaged documents as JSONSerialization", arguments: 0..<20 as Range<UInt64>)
    func judgesSame(seed: UInt64) {
        var generator = RandomJSON(seed: seed)
        var accepted = 0
        var refused = 0
        for _ in 0..<400 {
            var bytes = Array(generator.text(of: generator.value(depth: 0)).utf8)
            generator.damage(&bytes)
            guard let verdict = FoundationJSON.accepts(bytes) else { continue }
            let ours = bytes.withUnsafeBytes { bytes in
                do throws(ClaudeError) {
                    try JSONCursor.validate(bytes)
                    return true
                } catch { return false }
            }
            #expect(ours == verdict, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
            if verdict { accepted += 1 } else { refused += 1 }
        }
        // The damage must be neither harmless nor total, or this shows nothing.
        #expect(accepted > 20 && refused > 20, "seed \(seed): \(accepted) accepted, \(refused) refused")
    }
}

/// A JSON value whose numbers are integers.
indirect enum JSONValue: Hashable, Decodable {
    case null
    case bool(Bool)
    case number(Int64)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    init(reading cursor: inout JSONCursor) throws(ClaudeError) {
        switch try cursor.peekKind() {
        case .null:
            _ = try cursor.readNull()
            self = .null
        case .bool: self = .bool(try cursor.readBool())
        case .number: self = .number(try cursor.readInt64())
        case .string: self = .string(try cursor.readString())
        case .array:
            var elements: [JSONValue] = []
            try cursor.beginArray()
            while try cursor.nextElement() { elements.append(try JSONValue(reading: &cursor)) }
            self = .array(elements)
        case .object:
            var members: [String: JSONValue] = [:]
            try cursor.beginObject()
            while let key = try cursor.nextKey() { members[try key.decoded()] = try JSONValue(reading: &cursor) }
            self = .object(members)
        }
    }
}

/// Makes random documents, written in random ways.
struct RandomJSON {
    private var generator: SplitMix64

    init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

    mutating func value(depth: Int) -> JSONValue {
        switch below(depth < 5 ? 8 : 5) {
        case 0: return .null
        case 1: return .bool(below(2) == 0)
        case 2: return .number(Int64(truncatingIfNeeded: generator.next()) >> Int64(below(64)))
        case 3, 4: return .string(string())
        case 5: return .array((0..<below(5)).map { _ in value(depth: depth + 1) })
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<below(5) { members[string()] = value(depth: depth + 1) }
            return .object(members)
        }
    }

    private mutating func string() -> String {
        var scalars = String.UnicodeScalarView()
        for _ in 0..<below(below(4) == 0 ? 60 : 12) {
            switch below(8) {
            case 0: scalars.append(Unicode.Scalar(UInt8(below(0x20))))
            case 1: scalars.append(["\"", "\\", "/", "\u{7F}"][below(4)])
            case 2: scalars.append(Unicode.Scalar(UInt32(0x80 + below(0xD800 - 0x80))) ?? "x")
            case 3: scalars.append(Unicode.Scalar(UInt32(0xE000 + below(0x110000 - 0xE000))) ?? "x")
            default: scalars.append(Unicode.Scalar(UInt8(0x20 + below(0x5F))))
            }
        }
        return String(scalars)
    }

    mutating func text(of value: JSONValue) -> String {
        let core: String
        switch value {
        case .null: core = "null"
        case .bool(let value): core = value ? "true" : "false"
        case .number(let value): core = "\(value)"
        case .string(let value): core = text(of: value)
        case .array(let elements): core = "[" + elements.map { text(of: $0) }.joined(separator: ",") + space() + "]"
        case .object(let members):
            // Dictionaries have no stable order: sort, so that a seed always gives the same text.
            let sorted = members.sorted { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) }
            let parts = sorted.map { space() + text(of: $0.key) + space() + ":" + text(of: $0.value) }
            core = "{" + parts.joined(separator: ",") + space() + "}"
        }
        return space() + core + space()
    }

    private mutating func space() -> String { below(4) == 0 ? [" ", "\n", "\t", "\r\n"][below(4)] : "" }

    private mutating func text(of string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            if mustEscape || below(8) == 0 {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: below(2) == 0)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    /// Changes, drops or adds a few bytes.
    mutating func damage(_ bytes: inout [UInt8]) {
        let interesting = Array("{}[]\",:\\/ \t\n0123456789-+.eEtfnu\u{1}\u{7F}é".utf8)
        for _ in 0..<below(3) where !bytes.isEmpty {
            let place = below(bytes.count)
            switch below(4) {
            case 0: bytes[place] = interesting[below(interesting.count)]
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(interesting[below(interesting.count)], at: place)
            default: bytes.removeSubrange(place...)
            }
        }
    }
}

/// Foundation's verdict, where it is comparable.
enum FoundationJSON {
    /// Whether JSONSerialization accepts the text; `nil` where it deviates from RFC 8259's grammar on purpose.
    ///
    /// It decodes everything, so it refuses halves of surrogate pairs and numbers beyond `Double`; it takes text whose
    /// first bytes look like it for UTF-16 or UTF-32; and it lets a comma stand in front of a closing brace.
    static func accepts(_ bytes: [UInt8]) -> Bool? {
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        if text.contains(/,\s*[}\]]/) { return nil }
        if text.contains("\\ud") || bytes.contains(0) { return nil }
        if text.contains(/e[+-]?[0-9]{3,}/) || text.contains(/[0-9]{200,}/) { return nil }
        return (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
    }
}
