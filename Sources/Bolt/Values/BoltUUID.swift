/// A UUID (Bolt 6.1).
public struct BoltUUID: Sendable, Hashable, BoltCodable, CustomStringConvertible {
    /// The first eight bytes, big-endian.
    public let high: UInt64
    /// The last eight bytes, big-endian.
    public let low: UInt64

    /// Creates a UUID from its halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the form `00112233-4455-6677-8899-aabbccddeeff`; `nil` when the text is something else.
    public init?(_ text: String) {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12], !text.contains("+") else { return nil }
        let digits = groups.joined()
        guard let high = UInt64(digits.prefix(16), radix: 16), let low = UInt64(digits.suffix(16), radix: 16) else {
            return nil
        }
        self.init(high: high, low: low)
    }

    /// Decodes a UUID.
    public init(bolt value: BoltValue) throws(BoltError) {
        guard case .uuid(let uuid) = value.content else { throw .mismatch(value, wanted: "a UUID") }
        self = uuid
    }

    /// Writes the UUID.
    ///
    /// Throws ``BoltError/Code/unsupportedValue`` when the server speaks less than Bolt 6.1.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) { try writer.write(uuid: self) }

    /// The form `00112233-4455-6677-8899-aabbccddeeff`.
    public var description: String {
        let digits = [high, low].map { half in
            let text = String(half, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        var groups: [Substring] = []
        var rest = digits[...]
        for count in [8, 4, 4, 4, 12] {
            groups.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return groups.joined(separator: "-")
    }
}

/// A value of a type that the negotiated version of the protocol cannot carry (Bolt 6.0).
public struct BoltUnsupportedType: Sendable, Hashable, BoltDecodable {
    static let tag = UInt8(ascii: "?")
    /// The type's name.
    public let name: String
    /// The lowest version of the protocol that can carry it.
    public let minimumVersion: BoltVersion
    /// What the server says about it.
    public let message: String?

    /// Decodes the placeholder.
    public init(bolt value: BoltValue) throws(BoltError) {
        let type = try BoltStructure.expect(value, tags: [Self.tag], count: 4, name: "a type that needs a newer driver")
        name = try type.field(0)
        minimumVersion = BoltVersion(try type.field(1), try type.field(2))
        message = try type.field(3, as: BoltMap.self)["message"]?.string
    }
}
