/// All records of a query, and what the server says about it.
public struct BoltEagerResult: Sendable {
    /// The names of the columns.
    public let keys: [String]
    /// The records.
    public let records: [BoltRecord]
    /// What the server says about the query.
    public let summary: BoltSummary

    /// Decodes each record as a `Decodable` type.
    public func decode<T: Decodable>(as type: T.Type = T.self) throws(BoltError) -> [T] {
        var decoded: [T] = []
        decoded.reserveCapacity(records.count)
        for record in records { decoded.append(try record.decode(as: type)) }
        return decoded
    }

    /// Decodes the first columns of each record as a tuple.
    public func decode<each T: BoltDecodable>(_ types: repeat (each T).Type) throws(BoltError) -> [(repeat each T)] {
        var decoded: [(repeat each T)] = []
        decoded.reserveCapacity(records.count)
        for record in records { decoded.append(try record.decode(repeat each types)) }
        return decoded
    }

    /// The only record.
    ///
    /// Throws ``BoltError/Code/decoding`` when there is none or more than one.
    public func single() throws(BoltError) -> BoltRecord {
        guard let record = records.first, records.count == 1 else {
            throw BoltError(.decoding, "expected one record, found \(records.count)")
        }
        return record
    }
}
