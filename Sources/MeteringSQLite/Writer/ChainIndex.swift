internal import Metering

/// The table that leads from a customer's sequence number to the event's position.
final class ChainIndex {
    private let insert: StoreStatement
    private let select: StoreStatement
    private let selectHead: StoreStatement

    init(_ connection: StoreConnection) throws(SQLiteFailure) {
        select = try connection.prepare("SELECT position FROM customerEvent WHERE customer = ?1 AND sequence = ?2")
        insert = try connection.prepare(
            "INSERT INTO customerEvent (customer, sequence, position) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
        selectHead = try connection.prepare(
            """
            SELECT event.sequence, event.hash FROM customerEvent JOIN event USING (position)
            WHERE customerEvent.customer = ?1 ORDER BY customerEvent.sequence DESC LIMIT 1
            """)
    }

    /// The last indexed event of a customer.
    func head(of customer: Int64) throws(SQLiteFailure) -> (sequence: Int64, hash: ReceiptHash)? {
        selectHead.bind(customer, at: 1)
        defer { selectHead.reset() }
        guard try selectHead.step(), let hash = selectHead.digest(at: 1) else { return nil }
        return (selectHead.integer(at: 0), hash)
    }

    /// Adds an event; a no-op when it is there.
    ///
    /// Another event in its place means that the chain is broken.
    func add(_ entry: ChainTail.Entry, position: Int64) throws(SQLiteFailure) {
        insert.bind(entry.customer, at: 1)
        insert.bind(entry.sequence, at: 2)
        insert.bind(position, at: 3)
        if try insert.runCountingChanges() == 1 { return }
        select.bind(entry.customer, at: 1)
        select.bind(entry.sequence, at: 2)
        guard try select.firstInteger() == position else {
            throw SQLiteFailure(code: 19, message: "two events with one sequence number of one customer")
        }
    }
}
