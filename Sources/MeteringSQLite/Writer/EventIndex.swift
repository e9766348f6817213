internal import Metering

/// The tables that lead from an event's id, and from a customer's sequence number, to its position.
final class EventIndex {
    private let selectSlot: StoreStatement
    private let insertSlot: StoreStatement
    private let insertSequence: StoreStatement
    private let selectSequence: StoreStatement
    private let selectID: StoreStatement
    private let selectHead: StoreStatement

    init(_ connection: StoreConnection) throws(SQLiteFailure) {
        selectSlot = try connection.prepare("SELECT position FROM eventSlot WHERE slot = ?1")
        insertSlot = try connection.prepare(
            "INSERT INTO eventSlot (slot, position) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
        selectSequence = try connection.prepare(
            "SELECT position FROM customerEvent WHERE customer = ?1 AND sequence = ?2")
        insertSequence = try connection.prepare(
            "INSERT INTO customerEvent (customer, sequence, position) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
        selectID = try connection.prepare("SELECT id FROM event WHERE position = ?1")
        selectHead = try connection.prepare(
            """
            SELECT event.sequence, event.hash FROM customerEvent JOIN event USING (position)
            WHERE customerEvent.customer = ?1 ORDER BY customerEvent.sequence DESC LIMIT 1
            """)
    }

    /// The position of the indexed event with this id.
    func position(of id: EventID, slot: UInt64) throws(SQLiteFailure) -> Int64? {
        var slot = slot
        while true {
            selectSlot.bind(Int64(bitPattern: slot), at: 1)
            guard let position = try selectSlot.firstInteger() else { return nil }
            if try hasID(id, at: position) { return position }
            slot &+= 1
        }
    }

    /// Whether the event at `position` has this id.
    func hasID(_ id: EventID, at position: Int64) throws(SQLiteFailure) -> Bool {
        selectID.bind(position, at: 1)
        defer { selectID.reset() }
        return try selectID.step() && selectID.isEqual(toText: id.rawValue, at: 0)
    }

    /// The last indexed event of a customer.
    func head(of customer: Int64) throws(SQLiteFailure) -> (sequence: Int64, hash: ReceiptHash)? {
        selectHead.bind(customer, at: 1)
        defer { selectHead.reset() }
        guard try selectHead.step(), let hash = selectHead.digest(at: 1) else { return nil }
        return (selectHead.integer(at: 0), hash)
    }

    /// Adds an event; a no-op when it is there.
    func addSlot(_ slot: UInt64, position: Int64) throws(SQLiteFailure) {
        var slot = slot
        while true {
            insertSlot.bind(Int64(bitPattern: slot), at: 1)
            insertSlot.bind(position, at: 2)
            if try insertSlot.runCountingChanges() == 1 { return }
            selectSlot.bind(Int64(bitPattern: slot), at: 1)
            if try selectSlot.firstInteger() == position { return }
            slot &+= 1
        }
    }

    /// Adds an event; a no-op when it is there.
    ///
    /// Another event in its place means that the chain is broken.
    func addSequence(_ sequence: Int64, of customer: Int64, position: Int64) throws(SQLiteFailure) {
        insertSequence.bind(customer, at: 1)
        insertSequence.bind(sequence, at: 2)
        insertSequence.bind(position, at: 3)
        if try insertSequence.runCountingChanges() == 1 { return }
        selectSequence.bind(customer, at: 1)
        selectSequence.bind(sequence, at: 2)
        guard try selectSequence.firstInteger() == position else {
            throw SQLiteFailure(code: 19, message: "two events with one sequence number of one customer")
        }
    }
}
