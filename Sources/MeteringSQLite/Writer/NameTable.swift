internal import Metering

/// A value that a name table can number.
protocol StoredName: Hashable {
    func bind(to statement: StoreStatement, at index: Int32)
}

extension String: StoredName {
    func bind(to statement: StoreStatement, at index: Int32) { statement.bind(self, at: index) }
}

extension Digest32: StoredName {
    func bind(to statement: StoreStatement, at index: Int32) { statement.bind(bytes, at: index) }
}

/// Numbers for the names in one name table, made on first use, with the lately used ones in memory.
///
/// A number never changes, so what is in memory stays right whatever other processes write. Only a rollback can make it
/// wrong, see ``reset()``.
final class NameTable<Name: StoredName> {
    private let select: StoreStatement
    private let insert: StoreStatement
    private var numbers: [Name: Int64] = [:]
    /// Neighbouring events mostly share their names.
    private var latest: (name: Name, number: Int64)?

    /// More names than this are not kept in memory.
    private static var limit: Int { 16_384 }

    init(_ table: String, _ connection: StoreConnection) throws(SQLiteFailure) {
        select = try connection.prepare("SELECT number FROM \(table) WHERE name = ?1")
        insert = try connection.prepare("INSERT INTO \(table) (name) VALUES (?1) RETURNING number")
    }

    /// The number of `name`, which is added when it is new.
    func number(of name: Name) throws(SQLiteFailure) -> Int64 {
        if let latest, latest.name == name { return latest.number }
        let number: Int64
        if let known = numbers[name] {
            number = known
        } else {
            number = try stored(name)
            if numbers.count >= Self.limit { numbers.removeAll(keepingCapacity: true) }
            numbers[name] = number
        }
        latest = (name, number)
        return number
    }

    /// Forgets what a transaction that was rolled back may have added.
    func reset() {
        numbers.removeAll(keepingCapacity: true)
        latest = nil
    }

    private func stored(_ name: Name) throws(SQLiteFailure) -> Int64 {
        name.bind(to: select, at: 1)
        if let number = try select.firstInteger() { return number }
        name.bind(to: insert, at: 1)
        guard let number = try insert.firstInteger() else {
            throw SQLiteFailure(code: 1, message: "a new name got no number")
        }
        return number
    }
}
