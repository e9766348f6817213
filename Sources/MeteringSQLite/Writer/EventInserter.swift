internal import Metering

/// Writes rows of `event`.
final class EventInserter {
    private let insert: StoreStatement
    private let customers: NameTable<String>
    private let keys: NameTable<String>
    private let sessions: NameTable<String>
    private let models: NameTable<String>
    private let skus: NameTable<String>
    private let priceBooks: NameTable<Digest32>
    /// By number of the SKU.
    private var counters: [UsageCounter?] = []
    /// Every text and blob of one row, so that SQLite need not copy them.
    private var row: [UInt8] = []

    init(_ connection: StoreConnection) throws(SQLiteFailure) {
        insert = try connection.prepare(
            """
            INSERT INTO event (position, id, customer, sequence, key, session, model, time, requestID, agent, lines,
                charge, chargeCarry, missing, priceBook, quality, source, hash)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
            ON CONFLICT (id) DO NOTHING
            """)
        customers = try NameTable("eventCustomer", connection)
        keys = try NameTable("eventKey", connection)
        sessions = try NameTable("eventSession", connection)
        models = try NameTable("eventModel", connection)
        skus = try NameTable("eventSKU", connection)
        priceBooks = try NameTable("eventPriceBook", connection)
    }

    /// Forgets what a transaction that was rolled back may have added.
    func reset() {
        for table in [customers, keys, sessions, models, skus] { table.reset() }
        priceBooks.reset()
        counters = []
    }

    /// Inserts one of `events`, and returns its sums and where they belong; `nil` when its id is stored already.
    ///
    /// The event is named by its index: in a variable of its own it would be retained, part by part.
    func insert(
        _ events: [UsageEvent], _ row: PreparedGroup.Row, position: Int64
    ) throws(SQLiteFailure) -> (place: RollupKey, sums: UsageSums)? {
        try insert(events[row.event], sequence: row.sequence, hash: row.hash, position: position)
    }

    @inline(__always)
    private func insert(
        _ event: UsageEvent, sequence: Int64, hash: ReceiptHash, position: Int64
    ) throws(SQLiteFailure) -> (place: RollupKey, sums: UsageSums)? {
        let customer = try customers.number(of: event.customer.rawValue)
        let place = RollupKey(
            day: event.time.day, customer: customer, key: try keys.number(of: event.key.rawValue),
            session: try sessions.number(of: event.session.rawValue), model: try models.number(of: event.model))
        insert.bind(position, at: 1)
        insert.bind(customer, at: 3)
        insert.bind(sequence, at: 4)
        insert.bind(place.key, at: 5)
        insert.bind(place.session, at: 6)
        insert.bind(place.model, at: 7)
        insert.bind(event.time.milliseconds, at: 8)
        insert.bind(try priceBooks.number(of: event.priceBook), at: 15)
        insert.bind(EventCoding.number(of: event.quality), at: 16)
        insert.bind(EventCoding.number(of: event.source), at: 17)
        var sums = UsageSums()
        sums.calls = 1
        if event.quality == .estimated { sums.estimated = 1 }
        return try insertTexts(of: event, hash: hash, counting: &sums) ? (place, sums) : nil
    }

    private func insertTexts(
        of event: UsageEvent, hash: ReceiptHash, counting sums: inout UsageSums
    ) throws(SQLiteFailure) -> Bool {
        row.removeAll(keepingCapacity: true)
        row.append(contentsOf: event.id.rawValue.utf8)
        let requestID = row.count
        if let text = event.requestID { row.append(contentsOf: text.utf8) }
        let agent = row.count
        if let text = event.agent { row.append(contentsOf: text.utf8) }
        let lines = row.count
        for line in event.lines {
            let number = try skus.number(of: line.sku.rawValue)
            EventCoding.append(UInt64(number), to: &row)
            EventCoding.append(UInt64(line.quantity), to: &row)
            counter(of: line.sku, number: Int(number)).add(line.quantity, to: &sums)
        }
        let missing = row.count
        switch event.charge {
        case .priced(let charge):
            sums.charge = charge
            let parts = RollupSums.parts(of: charge)
            insert.bind(parts.charge, at: 12)
            insert.bind(parts.carry, at: 13)
        case .unpriced(let skus):
            sums.unpriced = 1
            insert.bindNull(at: 12)
            insert.bindNull(at: 13)
            for sku in skus { EventCoding.append(UInt64(try self.skus.number(of: sku.rawValue)), to: &row) }
        }
        let digest = row.count
        hash.append(to: &row)
        let result = row.withUnsafeBytes { row -> Result<Bool, SQLiteFailure> in
            func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: row[range]) }
            insert.bindText(inPlace: part(0..<requestID), at: 2)
            if event.requestID == nil {
                insert.bindNull(at: 9)
            } else {
                insert.bindText(inPlace: part(requestID..<agent), at: 9)
            }
            if event.agent == nil {
                insert.bindNull(at: 10)
            } else {
                insert.bindText(inPlace: part(agent..<lines), at: 10)
            }
            insert.bindBlob(inPlace: part(lines..<missing), at: 11)
            if missing == digest {
                insert.bindNull(at: 14)
            } else {
                insert.bindBlob(inPlace: part(missing..<digest), at: 14)
            }
            insert.bindBlob(inPlace: part(digest..<row.count), at: 18)
            do throws(SQLiteFailure) { return .success(try insert.runCountingChanges() == 1) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func counter(of sku: SKU, number: Int) -> UsageCounter {
        if number < counters.count, let counter = counters[number] { return counter }
        let counter = UsageCounter(sku)
        // Numbers are given out one after the other, so this stays as small as the table of SKUs.
        while counters.count <= number { counters.append(nil) }
        counters[number] = counter
        return counter
    }
}
