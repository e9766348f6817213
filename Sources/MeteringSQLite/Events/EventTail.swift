internal import Metering

/// An event as the roll-ups see it.
struct TailEvent {
    var position: Int64
    var customer: Int64
    var sequence: Int64
    var key: RollupKey
    var sums: UsageSums
}

/// Reads the events after a position, in order of arrival: those that roll-ups or indexes do not hold yet.
final class EventTail {
    private let select: StoreStatement
    private let skus: SKUNames

    init(_ connection: StoreConnection) throws(SQLiteFailure) {
        select = try connection.prepare(
            """
            SELECT position, customer, sequence, key, session, model, time, lines, charge, chargeCarry, quality, hash
            FROM event WHERE position > ?1 ORDER BY position
            """)
        skus = try SKUNames(connection)
    }

    /// Forgets names; after a rollback they may be wrong.
    func reset() { skus.reset() }

    /// Calls `body` with each event after `position`, and with the statement for its hash (column 11).
    func read(
        after position: Int64, _ body: (TailEvent, StoreStatement) throws(SQLiteFailure) -> Void
    ) throws(SQLiteFailure) {
        select.bind(position, at: 1)
        defer { select.reset() }
        while try select.step() {
            let day = Timestamp(milliseconds: select.integer(at: 6)).day
            let key = RollupKey(
                day: day, customer: select.integer(at: 1), key: select.integer(at: 3), session: select.integer(at: 4),
                model: select.integer(at: 5))
            let event = TailEvent(
                position: select.integer(at: 0), customer: key.customer, sequence: select.integer(at: 2), key: key,
                sums: try sums())
            try body(event, select)
        }
    }

    private func sums() throws(SQLiteFailure) -> UsageSums {
        guard let integers = select.withBlob(at: 7, EventCoding.integers), integers.count.isMultiple(of: 2) else {
            throw SQLiteFailure(code: 11, message: "the lines of event \(select.integer(at: 0)) cannot be read")
        }
        var sums = UsageSums()
        sums.calls = 1
        for index in stride(from: 0, to: integers.count, by: 2) {
            try skus.counter(integers[index]).add(Int64(clamping: integers[index + 1]), to: &sums)
        }
        if select.isNull(at: 8) {
            sums.unpriced = 1
        } else {
            sums.charge = RollupSums.charge(select.integer(at: 8), carry: select.integer(at: 9))
        }
        if EventCoding.quality(select.integer(at: 10)) == .estimated { sums.estimated = 1 }
        return sums
    }
}
