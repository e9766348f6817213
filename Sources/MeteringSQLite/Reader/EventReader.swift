internal import Metering

/// Reads whole events, inside one read transaction.
struct EventReader {
    private let connection: StoreConnection
    private let index: ChainIndex
    private let skus: SKUNames
    private let indexedThrough: Int64

    private static let columns = """
        SELECT event.position, event.id, eventCustomer.name, event.sequence, eventKey.name, eventSession.name,
            eventModel.name, time, requestID, agent, lines, charge, chargeCarry, missing, eventPriceBook.name, quality,
            source, hash
        FROM event
            JOIN eventCustomer ON eventCustomer.number = event.customer
            JOIN eventKey ON eventKey.number = event.key
            JOIN eventSession ON eventSession.number = event.session
            JOIN eventModel ON eventModel.number = event.model
            JOIN eventPriceBook ON eventPriceBook.number = event.priceBook
        """

    init(_ connection: StoreConnection) throws(SQLiteFailure) {
        self.connection = connection
        index = try ChainIndex(connection)
        skus = try SKUNames(connection)
        indexedThrough = try connection.prepare("SELECT indexedThrough FROM storeState").firstInteger() ?? 0
    }

    /// The event with this id.
    func event(id: EventID) throws(SQLiteFailure) -> StoredEvent? {
        let select = try connection.prepare("\(Self.columns) WHERE event.id = ?1")
        select.bind(id.rawValue, at: 1)
        guard try select.step() else { return nil }
        var event = try read(select)
        if event.sequence > 1 {
            event.previousHash = try self.event(of: event.event.customer, sequence: event.sequence - 1)
        }
        return event
    }

    /// A customer's events after a sequence number, in order.
    func events(of customer: CustomerID, after sequence: Int64, limit: Int) throws(SQLiteFailure) -> [StoredEvent] {
        guard limit > 0, let number = try number(of: customer) else { return [] }
        let start = max(0, sequence)
        var events: [StoredEvent] = []
        let indexed = try connection.prepare("\(Self.columns) WHERE event.position = ?1")
        for position in try index.positions(of: number, after: start, limit: limit) {
            indexed.bind(position, at: 1)
            guard try indexed.step() else {
                throw SQLiteFailure(code: 11, message: "event \(position) is in the index, but not there")
            }
            events.append(try read(indexed))
            indexed.reset()
        }
        if events.count < limit {
            let recent = try connection.prepare(
                """
                \(Self.columns) WHERE event.position > ?4 AND event.customer = ?1 AND event.sequence > ?2
                ORDER BY event.sequence LIMIT ?3
                """)
            recent.bind(indexedThrough, at: 4)
            let last = events.last?.sequence ?? start
            try collect(recent, customer: number, after: last, limit: limit - events.count, into: &events)
        }
        if start > 0, !events.isEmpty { events[0].previousHash = try event(of: customer, sequence: start) }
        for index in events.indices.dropFirst() { events[index].previousHash = events[index - 1].hash }
        return events
    }

    /// The ends of all chains.
    func chainHeads() throws(SQLiteFailure) -> [ChainHead] {
        var heads: [Int64: ChainHead] = [:]
        let customers = try connection.prepare("SELECT number, name FROM eventCustomer")
        while try customers.step() {
            let number = customers.integer(at: 0)
            let head = try index.head(of: number)
            heads[number] = ChainHead(
                customer: CustomerID(rawValue: customers.text(at: 1)), sequence: head?.sequence ?? 0,
                hash: head?.hash ?? .zero)
        }
        let recent = try connection.prepare(
            "SELECT customer, sequence, hash FROM event WHERE position > ?1")
        recent.bind(indexedThrough, at: 1)
        while try recent.step() {
            let sequence = recent.integer(at: 1)
            guard let known = heads[recent.integer(at: 0)], known.sequence < sequence else { continue }
            heads[recent.integer(at: 0)]?.sequence = sequence
            heads[recent.integer(at: 0)]?.hash = recent.digest(at: 2) ?? .zero
        }
        return heads.values.filter { $0.sequence > 0 }
            .sorted { $0.customer.rawValue.utf8.lexicographicallyPrecedes($1.customer.rawValue.utf8) }
    }

    private func collect(
        _ select: StoreStatement, customer: Int64, after sequence: Int64, limit: Int, into events: inout [StoredEvent]
    ) throws(SQLiteFailure) {
        select.bind(customer, at: 1)
        select.bind(sequence, at: 2)
        select.bind(Int64(limit), at: 3)
        while try select.step() { events.append(try read(select)) }
    }

    private func number(of customer: CustomerID) throws(SQLiteFailure) -> Int64? {
        let select = try connection.prepare("SELECT number FROM eventCustomer WHERE name = ?1")
        select.bind(customer.rawValue, at: 1)
        return try select.firstInteger()
    }

    /// The hash of one event of a customer; zeros when there is none.
    private func event(of customer: CustomerID, sequence: Int64) throws(SQLiteFailure) -> ReceiptHash {
        guard let number = try number(of: customer) else { return .zero }
        let select: StoreStatement
        if let position = try index.position(of: number, sequence: sequence) {
            select = try connection.prepare("SELECT hash FROM event WHERE position = ?1")
            select.bind(position, at: 1)
        } else {
            select = try connection.prepare(
                "SELECT hash FROM event WHERE position > ?3 AND customer = ?1 AND sequence = ?2")
            select.bind(number, at: 1)
            select.bind(sequence, at: 2)
            select.bind(indexedThrough, at: 3)
        }
        return try select.step() ? select.digest(at: 0) ?? .zero : .zero
    }

    private func read(_ row: StoreStatement) throws(SQLiteFailure) -> StoredEvent {
        let damage = SQLiteFailure(code: 11, message: "event \(row.integer(at: 0)) cannot be read")
        guard let integers = row.withBlob(at: 10, EventCoding.integers), integers.count.isMultiple(of: 2),
            let priceBook = row.digest(at: 14), let hash = row.digest(at: 17),
            let quality = EventCoding.quality(row.integer(at: 15)), let source = EventCoding.source(row.integer(at: 16))
        else { throw damage }
        var lines: [SKULine] = []
        for index in stride(from: 0, to: integers.count, by: 2) {
            lines.append(SKULine(sku: try skus.name(integers[index]), quantity: Int64(clamping: integers[index + 1])))
        }
        let charge: UsageEvent.Charge
        if row.isNull(at: 11) {
            guard let missing = row.withBlob(at: 13, EventCoding.integers) else { throw damage }
            var missingSKUs: [SKU] = []
            for number in missing { missingSKUs.append(try skus.name(number)) }
            charge = .unpriced(missing: missingSKUs)
        } else {
            charge = .priced(RollupSums.charge(row.integer(at: 11), carry: row.integer(at: 12)))
        }
        let event = UsageEvent(
            id: EventID(rawValue: row.text(at: 1)), customer: CustomerID(rawValue: row.text(at: 2)),
            session: SessionID(rawValue: row.text(at: 5)), key: APIKeyID(rawValue: row.text(at: 4)),
            requestID: row.optionalText(at: 8), agent: row.optionalText(at: 9), model: row.text(at: 6),
            time: Timestamp(milliseconds: row.integer(at: 7)), lines: lines, charge: charge, priceBook: priceBook,
            quality: quality, source: source)
        return StoredEvent(event: event, sequence: row.integer(at: 3), previousHash: .zero, hash: hash)
    }

}
