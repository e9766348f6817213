internal import Metering

/// Reads events in the order of arrival: through the table once, without an index.
///
/// Names repeat in events, so each is looked up once and then shared; a whole epoch passes through here.
struct ArrivalReader {
    private let connection: StoreConnection
    private let skus: SKUNames

    init(_ connection: StoreConnection) throws(SQLiteFailure) {
        self.connection = connection
        skus = try SKUNames(connection)
    }

    /// The events after a position.
    func events(after position: Int64, limit: Int) throws(SQLiteFailure) -> [AppendedEvent] {
        guard limit > 0 else { return [] }
        let select = try connection.prepare(
            """
            SELECT position, id, customer, sequence, key, session, model, time, requestID, agent, lines, charge,
                chargeCarry, missing, priceBook, quality, source, hash
            FROM event WHERE position > ?1 ORDER BY position LIMIT ?2
            """)
        select.bind(position, at: 1)
        select.bind(Int64(limit), at: 2)
        let names = try Names(connection)
        var events: [AppendedEvent] = []
        while try select.step() { events.append(try read(select, names)) }
        return events
    }

    private func read(_ row: StoreStatement, _ names: Names) throws(SQLiteFailure) -> AppendedEvent {
        let position = row.integer(at: 0)
        let damage = SQLiteFailure(code: 11, message: "event \(position) cannot be read")
        guard let lines = try lines(row), let hash = row.digest(at: 17),
            let quality = EventCoding.quality(row.integer(at: 15)),
            let source = EventCoding.source(row.integer(at: 16)),
            let charge = try charge(row)
        else { throw damage }
        let event = UsageEvent(
            id: EventID(rawValue: row.text(at: 1)),
            customer: CustomerID(rawValue: try names.customers.name(row.integer(at: 2))),
            session: SessionID(rawValue: try names.sessions.name(row.integer(at: 5))),
            key: APIKeyID(rawValue: try names.keys.name(row.integer(at: 4))), requestID: row.optionalText(at: 8),
            agent: row.optionalText(at: 9), model: try names.models.name(row.integer(at: 6)),
            time: Timestamp(milliseconds: row.integer(at: 7)), lines: lines, charge: charge,
            priceBook: try names.priceBooks.name(row.integer(at: 14)), quality: quality, source: source)
        return AppendedEvent(position: position, event: event, sequence: row.integer(at: 3), hash: hash)
    }

    private func lines(_ row: StoreStatement) throws(SQLiteFailure) -> [SKULine]? {
        guard let integers = row.withBlob(at: 10, EventCoding.integers), integers.count.isMultiple(of: 2) else {
            return nil
        }
        var lines: [SKULine] = []
        lines.reserveCapacity(integers.count / 2)
        for index in stride(from: 0, to: integers.count, by: 2) {
            lines.append(SKULine(sku: try skus.name(integers[index]), quantity: Int64(clamping: integers[index + 1])))
        }
        return lines
    }

    private func charge(_ row: StoreStatement) throws(SQLiteFailure) -> UsageEvent.Charge? {
        guard row.isNull(at: 11) else {
            return .priced(RollupSums.charge(row.integer(at: 11), carry: row.integer(at: 12)))
        }
        guard let missing = row.withBlob(at: 13, EventCoding.integers) else { return nil }
        var names: [SKU] = []
        for number in missing { names.append(try skus.name(number)) }
        return .unpriced(missing: names)
    }

    /// The names behind the numbers in events.
    private struct Names {
        let customers: NameCache<String>
        let keys: NameCache<String>
        let sessions: NameCache<String>
        let models: NameCache<String>
        let priceBooks: NameCache<PriceBookHash>

        init(_ connection: StoreConnection) throws(SQLiteFailure) {
            customers = try NameCache(connection, table: "eventCustomer") { $0.text(at: 0) }
            keys = try NameCache(connection, table: "eventKey") { $0.text(at: 0) }
            sessions = try NameCache(connection, table: "eventSession") { $0.text(at: 0) }
            models = try NameCache(connection, table: "eventModel") { $0.text(at: 0) }
            priceBooks = try NameCache(connection, table: "eventPriceBook") { $0.digest(at: 0) }
        }
    }
}

/// What the numbers of one table of names stand for, looked up when first asked for.
private final class NameCache<Name> {
    private let select: StoreStatement
    private let table: String
    private let read: (StoreStatement) -> Name?
    private var names: [Int64: Name] = [:]

    init(_ connection: StoreConnection, table: String, _ read: @escaping (StoreStatement) -> Name?)
        throws(SQLiteFailure)
    {
        select = try connection.prepare("SELECT name FROM \(table) WHERE number = ?1")
        self.table = table
        self.read = read
    }

    func name(_ number: Int64) throws(SQLiteFailure) -> Name {
        if let name = names[number] { return name }
        select.bind(number, at: 1)
        defer { select.reset() }
        guard try select.step(), let name = read(select) else {
            throw SQLiteFailure(code: 11, message: "an event refers to \(number) of \(table), which is not there")
        }
        names[number] = name
        return name
    }
}
