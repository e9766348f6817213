internal import Bolt
internal import Metering

/// What a transaction has to know before it appends: read after it has taken its turn.
struct ChainState {
    /// The end of a customer's chain.
    struct Head {
        var sequence: Int64 = 0
        var hash = ReceiptHash.zero
    }

    /// The last position given out.
    var position: Int64
    /// The token of this store's last transaction that was committed.
    var lastToken: String?
    /// The chains of the customers asked for; one that is missing has not begun.
    var heads: [CustomerID: Head] = [:]
    /// Those of the ids asked for that are stored already.
    var known: Set<EventID>

    /// Takes the writers' turn and reads the state.
    ///
    /// The first thing it does is to write to the one node that counts positions. A database with locks lets the next
    /// writer wait there until this one's end; one without lets only the first of two commit. Either way nobody else
    /// commits between what is read here and the end of this transaction.
    static let query = """
        MATCH (s:StoreState {id: 1}) SET s.turn = $token
        WITH s
        OPTIONAL MATCH (w:Writer {id: $writer})
        WITH s.position AS position, w.token AS last
        UNWIND $customers AS customer
        OPTIONAL MATCH (c:Customer {id: customer})
        WITH position, last, collect([customer, c.sequence, c.hash]) AS heads
        """

    /// The end of the query that looks for ids.
    static let lookUp = """

        UNWIND $ids AS id
        OPTIONAL MATCH (m:Message {id: id})
        RETURN position, last, heads, collect(m.id) AS known
        """

    /// The end of the query that takes all ids for new ones, and leaves it to the constraint to find out otherwise.
    static let assume = """

        RETURN position, last, heads, [] AS known
        """

    init(_ record: BoltRecord) throws {
        var fields = Fields(record)
        position = try fields.next()
        lastToken = try fields.next()
        let heads: BoltList = try fields.next()
        known = Set(try fields.next([String].self).map(EventID.init(rawValue:)))
        for head in heads {
            var fields = Fields(try BoltList(bolt: head))
            let customer = CustomerID(rawValue: try fields.next())
            guard let sequence = try fields.next(Int64?.self), sequence > 0 else { continue }
            self.heads[customer] = Head(sequence: sequence, hash: try fields.nextDigest())
        }
    }
}
