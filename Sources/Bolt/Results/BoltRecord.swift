internal import NIOCore

/// The names of a result's columns, shared by its records.
final class RecordKeys: Sendable {
    let names: [String]
    private let indices: [String: Int]

    init(_ names: [String]) {
        self.names = names
        indices = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func index(of name: String) -> Int? { indices[name] }
}

/// A record of a result: values by column.
///
/// Values are decoded when they are asked for:
///
/// ```swift
/// let (name, age) = try record.decode(String.self, Int?.self)
/// let city = try record.decode("city", as: String.self)
/// let person = try record.decode(as: Person.self)  // a Decodable struct
/// ```
public struct BoltRecord: Sendable {
    let columns: RecordKeys
    /// The encoded list of values.
    private let list: ByteBuffer

    init(columns: RecordKeys, list: ByteBuffer) {
        self.columns = columns
        self.list = list
    }

    /// The names of the columns, in order.
    public var keys: [String] { columns.names }

    /// The values, in the order of the columns.
    public var values: BoltList { BoltValue(validated: list).list ?? BoltList(items: ByteBuffer(), count: 0) }

    /// The value of a column by its place.
    public subscript(index: Int) -> BoltValue? { values[index] }

    /// The value of a column by its name; `nil` when there is no such column.
    public subscript(name: String) -> BoltValue? { columns.index(of: name).flatMap { values[$0] } }

    /// The record as a dictionary.
    public var dictionary: [String: BoltValue] {
        Dictionary(zip(columns.names, values).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
    }

    /// Decodes one column.
    ///
    /// Throws ``BoltError/Code/decoding`` when there is no such column or its value is of another type.
    public func decode<T: BoltDecodable>(_ column: String, as type: T.Type = T.self) throws(BoltError) -> T {
        guard let value = self[column] else {
            throw BoltError(
                .decoding, "there is no column \(column); there are \(columns.names.joined(separator: ", "))")
        }
        do throws(BoltError) { return try T(bolt: value) } catch {
            throw BoltError(.decoding, "column \(column): \(error.message)")
        }
    }

    /// Decodes the first columns, in order, as a tuple.
    ///
    /// Throws ``BoltError/Code/decoding`` when there are too few columns or a value is of another type.
    public func decode<each T: BoltDecodable>(_ types: repeat (each T).Type) throws(BoltError) -> (repeat each T) {
        var cursor = Cursor(values: values.makeIterator())
        return (repeat try cursor.next(each types, in: self))
    }

    private struct Cursor {
        var values: BoltList.Iterator
        var column = 0

        mutating func next<T: BoltDecodable>(_ type: T.Type, in record: BoltRecord) throws(BoltError) -> T {
            guard let value = values.next() else {
                throw BoltError(.decoding, "there are only \(column) columns")
            }
            column += 1
            do throws(BoltError) { return try T(bolt: value) } catch {
                let name = column <= record.keys.count ? record.keys[column - 1] : "\(column)"
                throw BoltError(.decoding, "column \(name): \(error.message)")
            }
        }
    }
}

extension BoltRecord: Hashable {
    /// Whether both records have equal columns and values.
    public static func == (lhs: BoltRecord, rhs: BoltRecord) -> Bool {
        lhs.keys == rhs.keys && lhs.values == rhs.values
    }

    /// Hashes columns and values.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(keys)
        hasher.combine(values)
    }
}

extension BoltRecord: CustomStringConvertible {
    /// The columns with their values.
    public var description: String {
        "{" + zip(keys, values).map { "\($0): \($1)" }.joined(separator: ", ") + "}"
    }
}
