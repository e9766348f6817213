internal import Bolt
internal import Metering

/// A lease as it is written.
struct LeaseRow: BoltEncodable {
    var lease: SharedLease
    /// What it holds.
    var amount: PicoUSD
    var expires: Timestamp
    /// The event that takes its place, once the call has ended and is priced.
    var event: EventID?
    /// Whether the call has ended.
    var isEnded: Bool
    /// Who holds it.
    var holder: Neo4jReservations.Holder?

    /// Creates or changes the leases `$rows`.
    static func query(_ rows: [LeaseRow]) -> BoltQuery {
        """
        UNWIND \(rows) AS r
        MERGE (l:SpendLease {id: r[0]})
        SET l.customer = r[1], l.charge = r[2], l.chargeCarry = r[3], l.expires = r[4], l.event = r[5], l.ended = r[6],
            l.gateway = r[7], l.run = r[8]
        """
    }

    func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        let parts = SplitAmount(amount)
        try writer.writeListHeader(count: 9)
        try writer.write(lease.id)
        try writer.write(lease.customer.rawValue)
        writer.write(parts.charge)
        writer.write(parts.carry)
        writer.write(expires.milliseconds)
        try Nullable(event?.rawValue).encode(to: &writer)
        try isEnded.encode(to: &writer)
        try Nullable(holder?.gateway).encode(to: &writer)
        try Nullable(holder?.run).encode(to: &writer)
    }
}
