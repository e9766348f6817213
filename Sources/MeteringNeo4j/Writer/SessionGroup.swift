internal import Bolt
internal import Metering

/// New messages of one session, and what they add to its node.
struct SessionGroup: BoltEncodable {
    var customer: CustomerID
    var session: SessionID
    var rows: [MessageRow] = []
    var sums = UsageSums()
    var first: Int64
    var last: Int64

    /// Writes sessions and their messages.
    ///
    /// The edge to a new message is written from the session that was found once for all of them, and the one to the
    /// customer from the session's side, which has no other: databases that look through the edges of the node that a
    /// pattern begins with would look through all sessions of the customer.
    static let creation = """
        UNWIND $sessions AS g
        MATCH (c:Customer {id: g[1]})
        MERGE (s:Session {key: g[0]})
        ON CREATE SET s.customer = g[1], s.id = g[2], s.messages = 0, s.tokens = 0, s.charge = 0, s.chargeCarry = 0,
            s.first = g[7], s.last = g[8]
        MERGE (s)<-[:HAS_SESSION]-(c)
        WITH s, g, s.charge + g[5] AS charge, s.chargeCarry + g[6] AS carry
        SET s.messages = s.messages + g[3],
            s.tokens = CASE WHEN s.tokens > 9223372036854775807 - g[4] THEN 9223372036854775807
                ELSE s.tokens + g[4] END,
            s.charge = charge % 1000000000000000000, s.chargeCarry = carry + charge / 1000000000000000000,
            s.first = CASE WHEN g[7] < s.first THEN g[7] ELSE s.first END,
            s.last = CASE WHEN g[8] > s.last THEN g[8] ELSE s.last END
        WITH s, g
        UNWIND g[9] AS r
        CREATE (s)-[:HAS_MESSAGE]->(:Message {\(MessageRow.creation)})
        """

    private init(_ row: MessageRow) {
        customer = row.event.customer
        session = row.event.session
        first = row.event.time.milliseconds
        last = first
    }

    /// Puts rows together by session, in the order in which the sessions first come.
    static func groups(_ rows: ArraySlice<MessageRow>) -> [SessionGroup] {
        struct Key: Hashable {
            var customer: CustomerID
            var session: SessionID
        }
        var places: [Key: Int] = [:]
        var groups: [SessionGroup] = []
        for row in rows {
            let key = Key(customer: row.event.customer, session: row.event.session)
            let place = places[key] ?? groups.count
            if place == groups.count {
                places[key] = place
                groups.append(SessionGroup(row))
            }
            groups[place].add(row)
        }
        return groups
    }

    private mutating func add(_ row: MessageRow) {
        rows.append(row)
        sums += row.sums
        first = min(first, row.event.time.milliseconds)
        last = max(last, row.event.time.milliseconds)
    }

    func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        let charge = SplitAmount(sums.charge)
        try writer.writeListHeader(count: 10)
        // An id of a customer holds no slash, so two sessions never have the same key.
        try writer.write("\(customer.rawValue)/\(session.rawValue)")
        try writer.write(customer.rawValue)
        try writer.write(session.rawValue)
        writer.write(sums.calls)
        writer.write(sums.tokens)
        writer.write(charge.charge)
        writer.write(charge.carry)
        writer.write(first)
        writer.write(last)
        try rows.encode(to: &writer)
    }
}
