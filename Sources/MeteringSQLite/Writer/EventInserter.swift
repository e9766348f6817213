internal import Metering

/// Writes rows of `event`.
final class EventInserter {
    private let insert: StoreStatement
    private let names: EventNames
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
        names = try EventNames(connection)
    }

    /// Forgets what a transaction that was rolled back may have added.
    func reset() { names.reset() }

    /// Inserts an event, and returns its sums and where they belong; `nil` when its id is stored already.
    ///
    /// The event is borrowed, for a copy would retain it part by part.
    func insert(
        _ event: borrowing UsageEvent, _ place: PreparedGroup.Row, position: Int64
    ) throws(SQLiteFailure) -> (place: RollupKey, sums: UsageSums)? {
        let parties = try names.parties(of: event)
        let subject = try names.subject(of: event)
        insert.bind(position, at: 1)
        insert.bind(parties.customer, at: 3)
        insert.bind(place.sequence, at: 4)
        insert.bind(parties.key, at: 5)
        insert.bind(parties.session, at: 6)
        insert.bind(subject.model, at: 7)
        insert.bind(event.time.milliseconds, at: 8)
        insert.bind(subject.priceBook, at: 15)
        insert.bind(EventCoding.number(of: event.quality), at: 16)
        insert.bind(EventCoding.number(of: event.source), at: 17)
        var sums = UsageSums()
        sums.calls = 1
        if event.quality == .estimated { sums.estimated = 1 }
        guard try insertTexts(of: event, hash: place.hash, subject, counting: &sums) else { return nil }
        return (
            RollupKey(
                day: event.time.day, customer: parties.customer, key: parties.key, session: parties.session,
                model: subject.model), sums
        )
    }

    private func insertTexts(
        of event: borrowing UsageEvent, hash: ReceiptHash, _ subject: EventNames.Subject, counting sums: inout UsageSums
    ) throws(SQLiteFailure) -> Bool {
        row.removeAll(keepingCapacity: true)
        row.append(contentsOf: event.id.rawValue.utf8)
        let requestID = row.count
        if let text = event.requestID { row.append(contentsOf: text.utf8) }
        let agent = row.count
        if let text = event.agent { row.append(contentsOf: text.utf8) }
        let lines = row.count
        for index in event.lines.indices {
            let quantity = event.lines[index].quantity
            EventCoding.append(UInt64(subject.skus[index]), to: &row)
            EventCoding.append(UInt64(quantity), to: &row)
            subject.counters[index].add(quantity, to: &sums)
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
            for sku in skus { EventCoding.append(UInt64(try names.number(of: sku)), to: &row) }
        }
        let digest = row.count
        hash.append(to: &row)
        let hasRequestID = event.requestID != nil
        let hasAgent = event.agent != nil
        let result = row.withUnsafeBytes { row -> Result<Bool, SQLiteFailure> in
            func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: row[range]) }
            insert.bindText(inPlace: part(0..<requestID), at: 2)
            if hasRequestID {
                insert.bindText(inPlace: part(requestID..<agent), at: 9)
            } else {
                insert.bindNull(at: 9)
            }
            if hasAgent {
                insert.bindText(inPlace: part(agent..<lines), at: 10)
            } else {
                insert.bindNull(at: 10)
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
}
