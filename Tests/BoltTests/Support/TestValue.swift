import Foundation
import NIOCore
import Testing

@testable import Bolt

/// A value as plain data, to compare and to generate.
indirect enum TestValue: Hashable, Sendable, BoltEncodable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// By its bits, so that every NaN equals itself.
    case float(UInt64)
    case string(String)
    case bytes([UInt8])
    case list([TestValue])
    case map([Pair])
    case uuid(BoltUUID)
    case structure(UInt8, [TestValue])

    struct Pair: Hashable, Sendable {
        var key: String
        var value: TestValue
    }

    init(_ value: BoltValue) {
        switch value.content {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .float(let value): self = .float(value.bitPattern)
        case .string(let value): self = .string(value)
        case .bytes(let value): self = .bytes(Array(value.readableBytesView))
        case .list(let list): self = .list(list.map(TestValue.init))
        case .map(let map):
            self = TestValue.map(map.map { Pair(key: $0.key, value: TestValue($0.value)) }).normalized
        case .uuid(let uuid): self = .uuid(uuid)
        case .structure(let structure): self = .structure(structure.tag, structure.fields.map(TestValue.init))
        }
    }

    /// The value with the last of equal keys alone, sorted.
    var normalized: TestValue {
        switch self {
        case .list(let items): .list(items.map(\.normalized))
        case .structure(let tag, let fields): .structure(tag, fields.map(\.normalized))
        case .map(let pairs):
            .map(
                Dictionary(pairs.map { ($0.key, $0.value.normalized) }, uniquingKeysWith: { $1 })
                    .map { Pair(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key })
        default: self
        }
    }

    func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        switch self {
        case .null: writer.writeNull()
        case .bool(let value): writer.write(value)
        case .integer(let value): writer.write(value)
        case .float(let bits): writer.write(Double(bitPattern: bits))
        case .string(let value): try writer.write(value)
        case .bytes(let bytes): try writer.write(bytes: ByteBuffer(bytes: bytes))
        case .list(let items): try items.encode(to: &writer)
        case .map(let pairs):
            try writer.writeMapHeader(count: pairs.count)
            for pair in pairs { try writer.write(key: pair.key, pair.value) }
        case .uuid(let uuid): try uuid.encode(to: &writer)
        case .structure(let tag, let fields):
            writer.writeStructureHeader(tag: tag, count: fields.count)
            for field in fields { try field.encode(to: &writer) }
        }
    }

    /// Reads the notation of the vectors and fixtures; `nil` for something else.
    init?(json: Any) {
        switch json {
        case is NSNull: self = .null
        case let text as String: self = .string(text)
        case let number as NSNumber:
            if isTruthValue(number) {
                self = .bool(number.boolValue)
            } else {
                self = .integer(number.int64Value)
            }
        case let items as [Any]:
            let values = items.compactMap(TestValue.init(json:))
            guard values.count == items.count else { return nil }
            self = .list(values)
        case let object as [String: Any]: self.init(object: object)
        default: return nil
        }
    }

    private init?(object: [String: Any]) {
        if let text = object["$int"] as? String, let number = Int64(text) {
            self = .integer(number)
        } else if let text = object["$float"] as? String {
            if let bits = object["bits"] as? String, let pattern = UInt64(bits, radix: 16) {
                self = .float(pattern)
            } else if let number = Double(text) {
                self = .float(number.bitPattern)
            } else {
                return nil
            }
        } else if let text = object["$bytes"] as? String, let bytes = [UInt8](hex: text) {
            self = .bytes(bytes)
        } else if let text = object["$uuid"] as? String, let uuid = BoltUUID(text) {
            self = .uuid(uuid)
        } else if let pairs = object["$map"] as? [[Any]] {
            self = .map(pairs.compactMap { TestValue.pair($0[0], $0[1]) })
        } else if let tag = object["$struct"] as? String, let fields = object["fields"] as? [Any],
            let byte = tag.unicodeScalars.first
        {
            self = .structure(UInt8(byte.value), fields.compactMap(TestValue.init(json:)))
        } else {
            self = .map(object.compactMap { TestValue.pair($0.key, $0.value) })
        }
    }

    private static func pair(_ key: Any, _ value: Any) -> Pair? {
        guard let key = key as? String, let value = TestValue(json: value) else { return nil }
        return Pair(key: key, value: value)
    }
}

/// JSON's `true` is an NSNumber too; its type encoding tells it from 1.
private func isTruthValue(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }

extension [UInt8] {
    init?(hex: String) {
        let digits = Array<UInt8>(hex.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        self = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16) else {
                return nil
            }
            append(byte)
        }
    }
}

/// One of the PackStream vectors.
struct PackStreamVector: Sendable, CustomTestStringConvertible {
    var id: Int
    var category: String
    var name: String
    var direction: String
    var value: TestValue?
    var hex: String?
    var head: String?
    var tail: String?
    var length: Int

    var testDescription: String { "\(id): \(name)" }

    static let all: [PackStreamVector] = {
        guard let url = Bundle.module.url(forResource: "Fixtures/packstream_vectors", withExtension: "json"),
            let data = FileManager.default.contents(atPath: url.path),
            let root = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any],
            let vectors = root["vectors"] as? [[String: Any]]
        else { return [] }
        return vectors.map { object in
            PackStreamVector(
                id: object["id"] as? Int ?? -1, category: object["category"] as? String ?? "",
                name: object["desc"] as? String ?? "", direction: object["direction"] as? String ?? "",
                value: (object["value_spec"] as? [String: Any]).flatMap(large)
                    ?? object["value"].flatMap(TestValue.init(json:)),
                hex: object["hex"] as? String, head: object["hex_head"] as? String,
                tail: object["hex_tail"] as? String, length: object["len"] as? Int ?? 0)
        }
    }()

    private static func large(_ spec: [String: Any]) -> TestValue? {
        if let parts = spec["$repeat"] as? [Any], let text = parts[0] as? String, let count = parts[1] as? Int {
            return .string(String(repeating: text, count: count))
        }
        if let parts = spec["$repeat_list"] as? [Any], let item = parts[0] as? Int, let count = parts[1] as? Int {
            return .list(Array(repeating: .integer(Int64(item)), count: count))
        }
        if let count = spec["$bytes_i_mod_256"] as? Int {
            return .bytes((0..<count).map { UInt8($0 % 256) })
        }
        if let count = spec["$map_k05d_i"] as? Int {
            return .map(
                (0..<count).map { index in
                    let digits = String(index)
                    let key = "k" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
                    return TestValue.Pair(key: key, value: .integer(Int64(index)))
                })
        }
        if let count = spec["$vector_f32_i_over_1536"] as? Int {
            let data = (0..<count).flatMap { index -> [UInt8] in
                let bits = (Float(index) / 1536).bitPattern
                return [UInt8(bits >> 24), UInt8(bits >> 16 & 0xFF), UInt8(bits >> 8 & 0xFF), UInt8(bits & 0xFF)]
            }
            return .structure(UInt8(ascii: "V"), [.bytes([0xC6]), .bytes(data)])
        }
        return nil
    }

    /// The encoded bytes; those of a large vector are built by an independent encoder and checked against its ends.
    func bytes() throws -> [UInt8] {
        if let hex, let bytes = [UInt8](hex: hex) { return bytes }
        guard let value else { throw VectorError.noValue }
        let bytes = ReferenceEncoder.encode(value)
        let text = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        guard bytes.count == length, let head, let tail,
            text.prefix(head.count / 2).joined() == head, text.suffix(tail.count / 2).joined() == tail
        else { throw VectorError.mismatch }
        return bytes
    }

    enum VectorError: Error { case noValue, mismatch }
}

/// A plain encoder to check the real one by, for values whose bytes are too many to be stored.
enum ReferenceEncoder {
    static func encode(_ value: TestValue) -> [UInt8] {
        switch value {
        case .integer(let number) where (-16...127).contains(number): [UInt8(truncatingIfNeeded: number)]
        case .integer(let number) where (-128...127).contains(number): [0xC8, UInt8(truncatingIfNeeded: number)]
        case .integer(let number) where (-32768...32767).contains(number): [0xC9] + big(number, 2)
        case .integer(let number) where (-2_147_483_648...2_147_483_647).contains(number): [0xCA] + big(number, 4)
        case .integer(let number): [0xCB] + big(number, 8)
        case .string(let text): size(text.utf8.count, tiny: 0x80, 0xD0) + Array(text.utf8)
        case .bytes(let bytes): size(bytes.count, tiny: nil, 0xCC) + bytes
        case .list(let items): size(items.count, tiny: 0x90, 0xD4) + items.flatMap(encode)
        case .map(let pairs):
            size(pairs.count, tiny: 0xA0, 0xD8) + pairs.flatMap { encode(.string($0.key)) + encode($0.value) }
        case .structure(let tag, let fields): [0xB0 + UInt8(fields.count), tag] + fields.flatMap(encode)
        default: []
        }
    }

    private static func big(_ number: Int64, _ width: Int) -> [UInt8] {
        (0..<width).reversed().map { UInt8(truncatingIfNeeded: number >> Int64($0 * 8)) }
    }

    private static func size(_ count: Int, tiny: UInt8?, _ sized: UInt8) -> [UInt8] {
        if let tiny, count < 16 { return [tiny + UInt8(count)] }
        if count < 256 { return [sized, UInt8(count)] }
        if count < 65536 { return [sized + 1] + big(Int64(count), 2) }
        return [sized + 2] + big(Int64(count), 4)
    }
}
