internal import Metering

/// Reads events in the order of arrival: through the table once, without an index.
///
/// Names repeat in events, so each is looked up once and then shared; a whole epoch passes through here.
struct ArrivalReader {
    private let connection: StoreConnection
    private let tables: Tables
    /// The names known so far, for the next page.
    private(set) var names: ArrivalNames
    private var integers: [UInt64] = []

    /// Creates a reader.
    ///
    /// - Parameter names: What was known after the page before.
    init(_ connection: StoreConnection, names: ArrivalNames) throws(SQLiteFailure) {
        self.connection = connection
        self.names = names
        tables = try Tables(connection)
    }

    /// The events after a position.
    mutating func events(after position: Int64, limit: Int) throws(SQLiteFailure) -> [AppendedEvent] {
        guard limit > 0 else { return [] }
        let select = try connection.prepare(
            """
            SELECT position, id, customer, sequence, key, session, model, time, requestID, agent, lines, charge,
                chargeCarry, missing, priceBook, quality, source, hash
            FROM event WHERE position > ?1 ORDER BY position LIMIT ?2
            """)
        select.bind(position, at: 1)
        select.bind(Int64(limit), at: 2)
        var events: [AppendedEvent] = []
        events.reserveCapacity(min(limit, 4_096))
        while try select.step() { events.append(try read(select)) }
        return events
    }

    private mutating func read(_ row: StoreStatement) throws(SQLiteFailure) -> AppendedEvent {
        let position = row.integer(at: 0)
        let tables = tables
        guard let lines = try lines(row), let hash = row.digest(at: 17),
            let quality = EventCoding.quality(row.integer(at: 15)),
            let source = EventCoding.source(row.integer(at: 16)),
            let charge = try charge(row)
        else { throw SQLiteFailure(code: 11, message: "event \(position) cannot be read") }
        let (customer, key, session) = (row.integer(at: 2), row.integer(at: 4), row.integer(at: 5))
        let (model, priceBook) = (row.integer(at: 6), row.integer(at: 14))
        let event = UsageEvent(
            id: EventID(rawValue: row.text(at: 1)),
            customer: try names.customers.name(customer) { () throws(SQLiteFailure) in
                CustomerID(rawValue: try tables.customers.text(customer))
            },
            session: try names.sessions.name(session) { () throws(SQLiteFailure) in
                SessionID(rawValue: try tables.sessions.text(session))
            },
            key: try names.keys.name(key) { () throws(SQLiteFailure) in
                APIKeyID(rawValue: try tables.keys.text(key))
            },
            requestID: row.optionalText(at: 8), agent: row.optionalText(at: 9),
            model: try names.models.name(model) { () throws(SQLiteFailure) in try tables.models.text(model) },
            time: Timestamp(milliseconds: row.integer(at: 7)), lines: lines, charge: charge,
            priceBook: try names.priceBooks.name(priceBook) { () throws(SQLiteFailure) in
                try tables.priceBooks.digest(priceBook)
            }, quality: quality, source: source)
        return AppendedEvent(position: position, event: event, sequence: row.integer(at: 3), hash: hash)
    }

    private mutating func lines(_ row: StoreStatement) throws(SQLiteFailure) -> [SKULine]? {
        guard readIntegers(row, at: 10), integers.count.isMultiple(of: 2) else { return nil }
        var lines: [SKULine] = []
        lines.reserveCapacity(integers.count / 2)
        for index in stride(from: 0, to: integers.count, by: 2) {
            let sku = try sku(integers[index])
            lines.append(SKULine(sku: sku, quantity: Int64(clamping: integers[index + 1])))
        }
        return lines
    }

    private mutating func charge(_ row: StoreStatement) throws(SQLiteFailure) -> UsageEvent.Charge? {
        guard row.isNull(at: 11) else {
            return .priced(RollupSums.charge(row.integer(at: 11), carry: row.integer(at: 12)))
        }
        guard readIntegers(row, at: 13) else { return nil }
        var missing: [SKU] = []
        for index in integers.indices { missing.append(try sku(integers[index])) }
        return .unpriced(missing: missing)
    }

    /// Reads a list of integers into ``integers``, which is used again for every event.
    private mutating func readIntegers(_ row: StoreStatement, at column: Int32) -> Bool {
        integers.removeAll(keepingCapacity: true)
        return row.withBlob(at: column) { EventCoding.read($0, into: &integers) }
    }

    private mutating func sku(_ number: UInt64) throws(SQLiteFailure) -> SKU {
        let (number, tables) = (Int64(clamping: number), tables)
        return try names.skus.name(number) { () throws(SQLiteFailure) in
            SKU(rawValue: try tables.skus.text(number))
        }
    }

    /// The tables of names.
    private struct Tables {
        let customers: NamesOfTable
        let keys: NamesOfTable
        let sessions: NamesOfTable
        let models: NamesOfTable
        let skus: NamesOfTable
        let priceBooks: NamesOfTable

        init(_ connection: StoreConnection) throws(SQLiteFailure) {
            customers = try NamesOfTable(connection, "eventCustomer")
            keys = try NamesOfTable(connection, "eventKey")
            sessions = try NamesOfTable(connection, "eventSession")
            models = try NamesOfTable(connection, "eventModel")
            skus = try NamesOfTable(connection, "eventSKU")
            priceBooks = try NamesOfTable(connection, "eventPriceBook")
        }
    }
}

/// Looks up what the numbers of one table of names stand for.
private struct NamesOfTable {
    private let select: StoreStatement
    private let table: String

    init(_ connection: StoreConnection, _ table: String) throws(SQLiteFailure) {
        select = try connection.prepare("SELECT name FROM \(table) WHERE number = ?1")
        self.table = table
    }

    func text(_ number: Int64) throws(SQLiteFailure) -> String {
        try row(number)
        defer { select.reset() }
        return select.text(at: 0)
    }

    func digest(_ number: Int64) throws(SQLiteFailure) -> Digest32 {
        try row(number)
        defer { select.reset() }
        guard let digest = select.digest(at: 0) else { throw missing(number) }
        return digest
    }

    private func row(_ number: Int64) throws(SQLiteFailure) {
        select.bind(number, at: 1)
        guard try select.step() else {
            select.reset()
            throw missing(number)
        }
    }

    private func missing(_ number: Int64) -> SQLiteFailure {
        SQLiteFailure(code: 11, message: "an event refers to \(number) of \(table), which is not there")
    }
}
