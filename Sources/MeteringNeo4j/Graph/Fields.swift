internal import Bolt
internal import Metering

/// The values of a record or list, one after the other.
struct Fields {
    private var values: BoltList.Iterator

    init(_ record: BoltRecord) { values = record.values.makeIterator() }

    init(_ list: BoltList) { values = list.makeIterator() }

    mutating func next<Value: BoltDecodable>(_ type: Value.Type = Value.self) throws -> Value {
        try Value(bolt: values.next() ?? .null)
    }

    /// An amount in two parts, either of which may be missing.
    mutating func nextAmount() throws -> PicoUSD {
        SplitAmount(charge: try next(Int64?.self) ?? 0, carry: try next(Int64?.self) ?? 0).amount
    }

    /// An amount in decimal digits, or `nil`.
    mutating func nextLimit() throws -> PicoUSD? {
        guard let text = try next(String?.self) else { return nil }
        guard let value = Int128(text) else { throw Self.corrupt("an amount", text) }
        return PicoUSD(value)
    }

    mutating func nextTime() throws -> Timestamp { Timestamp(milliseconds: try next()) }

    mutating func nextDigest() throws -> Digest32 {
        let text: String = try next()
        guard let digest = Digest32(hex: text) else { throw Self.corrupt("a digest", text) }
        return digest
    }

    mutating func nextCase<Value: RawRepresentable>() throws -> Value where Value.RawValue == String {
        let text: String = try next()
        guard let value = Value(rawValue: text) else { throw Self.corrupt("\(Value.self)", text) }
        return value
    }

    private static func corrupt(_ kind: String, _ text: String) -> MeteringError {
        MeteringError(.storeCorrupt, "the graph holds \"\(text.prefix(80))\" where \(kind) belongs")
    }
}
