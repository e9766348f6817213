public import Bolt
public import Metering

/// Caps that many gateways share: money is reserved in the graph before a call, and settled after it.
///
/// For every window that is limited (UTC day, UTC month, for ever), settled + reserved never exceeds the cap, however many
/// gateways ask at once. *Settled* is what the roll-ups hold: they are kept in the transaction that appends an event.
/// *Reserved* are the leases of calls that run, and of calls that have ended whose event is still on its way, in a spool
/// for example: such a lease counts what the call cost, and no longer once its event is in the graph.
///
/// Reservations of one customer take turns at one node, its `SpendAccount`. A lease that nobody settles or releases,
/// because its gateway crashed, ends by itself.
///
/// Prepare the schema of the database first: ``Neo4jUsageStore/prepareSchema()``.
public final class Neo4jReservations: Sendable {
    /// Money reserved for one call.
    public struct Lease: Sendable, Hashable {
        /// The lease's name, given once.
        let id: String
        /// Who pays.
        public let customer: CustomerID
        /// What is reserved, at list price.
        public let upperBound: PicoUSD
        /// When the reservation ends by itself.
        public let expires: Timestamp
        /// Whether the graph holds it; not for a customer without limits.
        let isHeld: Bool
    }

    /// How long a lease holds when nobody ends it, in milliseconds; counted anew when it is settled.
    public let leaseDuration: Int64
    private let graph: GraphDatabase

    /// Creates reservations on a driver; nothing is sent yet.
    ///
    /// - Parameter leaseDuration: See ``leaseDuration``. The default, a day, is longer than any call lasts: a reservation
    ///   that ends before its call would let others spend the same money.
    public init(
        driver: BoltDriver, database: String? = nil, leaseDuration: Int64 = 86_400_000,
        options: Neo4jUsageStore.Options = Neo4jUsageStore.Options()
    ) {
        self.leaseDuration = leaseDuration
        graph = GraphDatabase(driver: driver, name: database, options: options)
    }

    /// Reserves money for a call, or refuses.
    ///
    /// - Parameters:
    ///   - customer: Who pays. Without limits there is always a lease, and nothing is sent.
    ///   - limits: The customer's caps.
    ///   - upperBound: The most the call can cost.
    ///   - now: The present moment: it decides which day and month count, and which leases have expired.
    /// - Throws: `storeUnavailable` when the database cannot be asked: then nothing is reserved.
    public func reserve(
        _ customer: CustomerID, limits: SpendLimits, upperBound: PicoUSD, now: Timestamp
    ) async throws(MeteringError) -> Result<Lease, SpendRefusal> {
        let lease = Lease(
            id: Token.make(), customer: customer, upperBound: max(.zero, upperBound),
            expires: Timestamp(milliseconds: now.milliseconds + leaseDuration), isHeld: !limits.isUnlimited)
        guard lease.isHeld else { return .success(lease) }
        return try await graph.write { transaction, _ in
            let open = try await self.takeTurn(of: customer, in: transaction)
            // An earlier try whose commit was not answered has made it.
            if open.contains(where: { $0.id == lease.id }) { return .success(lease) }
            let ended = open.filter { $0.isInGraph || $0.expires <= now }
            let leased = open.reduce(PicoUSD.zero) { $1.isInGraph || $1.expires <= now ? $0 : $0 + $1.amount }
            if !ended.isEmpty {
                try await transaction.run("MATCH (l:SpendLease) WHERE l.id IN \(ended.map(\.id)) DELETE l").consume()
            }
            // After the leases: what was settled since is counted twice, never not at all.
            let windows = try await SpendWindowSums.read(customer, limits, now, in: transaction)
            if let refusal = windows.refusal(of: lease.upperBound, leased: leased) { return .failure(refusal) }
            try await Self.hold(lease, amount: lease.upperBound, until: lease.expires, event: nil, in: transaction)
            return .success(lease)
        }
    }

    /// Ends a reservation with what the call cost, whether the lease has expired or not.
    ///
    /// The lease holds that much until the event is in the graph. A call without a price keeps its upper bound until the
    /// lease expires: what is not known must not look free.
    ///
    /// - Parameter event: The event that the call's usage is, or will be, appended as.
    public func settle(
        _ lease: Lease, as event: EventID, charge: UsageEvent.Charge, now: Timestamp
    ) async throws(MeteringError) {
        guard lease.isHeld, case .priced(let amount) = charge else { return }
        let expires = Timestamp(milliseconds: now.milliseconds + leaseDuration)
        try await graph.write { transaction, _ in
            try await Self.hold(lease, amount: amount, until: expires, event: event, in: transaction)
        }
    }

    /// Gives a reservation back: the call cost nothing.
    ///
    /// Doing so again is a no-op.
    public func release(_ lease: Lease) async throws(MeteringError) {
        guard lease.isHeld else { return }
        try await graph.write { transaction, _ in
            try await transaction.run("MATCH (l:SpendLease {id: \(lease.id)}) DELETE l").consume()
        }
    }

    /// Creates or changes a lease.
    private static func hold(
        _ lease: Lease, amount: PicoUSD, until expires: Timestamp, event: EventID?, in transaction: BoltTransaction
    ) async throws {
        let parts = SplitAmount(amount)
        try await transaction.run(
            """
            MERGE (l:SpendLease {id: \(lease.id)})
            SET l.customer = \(lease.customer.rawValue), l.charge = \(parts.charge), l.chargeCarry = \(parts.carry),
                l.expires = \(expires.milliseconds), l.event = \(Nullable(event?.rawValue))
            """
        ).consume()
    }

    /// Takes the customer's turn, and reads the leases.
    ///
    /// The account is written to before anything is read: a database with locks lets the next one wait there, and one
    /// without lets only the first of two commit.
    private func takeTurn(of customer: CustomerID, in transaction: BoltTransaction) async throws -> [OpenLease] {
        let found = try await transaction.execute(
            """
            MERGE (a:SpendAccount {customer: \(customer.rawValue)}) SET a.turn = \(Token.make())
            WITH a
            MATCH (l:SpendLease {customer: a.customer})
            OPTIONAL MATCH (m:Message {id: l.event})
            RETURN l.id, l.charge, l.chargeCarry, l.expires, m.id IS NOT NULL
            """)
        return try found.records.map { record in
            var fields = Fields(record)
            return OpenLease(
                id: try fields.next(), amount: try fields.nextAmount(), expires: try fields.nextTime(),
                isInGraph: try fields.next())
        }
    }

    private struct OpenLease {
        var id: String
        var amount: PicoUSD
        var expires: Timestamp
        /// Whether the event that settles it is in the graph.
        var isInGraph: Bool
    }
}
