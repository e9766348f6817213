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
/// because its gateway crashed, ends when that gateway starts again (``forgetEarlierRuns()``), else by itself.
///
/// Prepare the schema of the database first: ``Neo4jUsageStore/prepareSchema()``. ``Neo4jReservationQueue`` does the same
/// for a gateway, many calls at a time.
public final class Neo4jReservations: Sendable {
    /// Who holds leases.
    public struct Holder: Sendable, Hashable {
        /// The gateway, by a name that it keeps when it starts again.
        public var gateway: String
        /// The process, by a name that is given once.
        public let run: String

        /// Creates a holder for this process.
        public init(gateway: String) {
            self.gateway = gateway
            run = Token.make()
        }
    }

    /// How long a lease holds when nobody ends it, in milliseconds; counted anew when it is settled.
    public let leaseDuration: Int64
    private let holder: Holder?
    private let graph: GraphDatabase

    /// Creates reservations on a driver; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - holder: Who holds the leases; without one they end by themselves alone.
    ///   - leaseDuration: See ``leaseDuration``. The default, a day, is longer than any call lasts: a reservation that
    ///     ends before its call would let others spend the same money.
    public init(
        driver: BoltDriver, database: String? = nil, holder: Holder? = nil, leaseDuration: Int64 = 86_400_000,
        options: Neo4jUsageStore.Options = Neo4jUsageStore.Options()
    ) {
        self.leaseDuration = leaseDuration
        self.holder = holder
        graph = GraphDatabase(driver: driver, name: database, options: options)
    }

    /// Reserves money for a call, or refuses.
    ///
    /// - Parameters:
    ///   - customer: Who pays.
    ///   - limits: The customer's caps.
    ///   - upperBound: The most the call can cost.
    ///   - now: The present moment: it decides which day and month count, and which leases have expired.
    /// - Throws: `storeUnavailable` when the database cannot be asked: then nothing is reserved.
    public func reserve(
        _ customer: CustomerID, limits: SpendLimits, upperBound: PicoUSD, now: Timestamp
    ) async throws(MeteringError) -> Result<SharedLease, SpendRefusal> {
        let lease = lease(for: customer, upperBound: upperBound, now: now)
        let answers = try await take(Turn(customer: customer, limits: limits, now: now, asked: [lease]))
        return (answers.refusals.first ?? nil).map { .failure($0) } ?? .success(lease)
    }

    /// Ends a reservation with what the call cost, whether the lease has expired or not.
    ///
    /// The lease holds that much until the event is in the graph. A call without a price keeps its upper bound until the
    /// lease expires: what is not known must not look free.
    ///
    /// - Parameter event: The event that the call's usage is, or will be, appended as.
    public func settle(
        _ lease: SharedLease, as event: EventID, charge: UsageEvent.Charge, now: Timestamp
    ) async throws(MeteringError) {
        let turn = Turn(customer: lease.customer, ended: [Ended(lease: lease, event: event, charge: charge, time: now)])
        _ = try await take(turn)
    }

    /// Gives a reservation back: the call cost nothing.
    ///
    /// Doing so again is a no-op.
    public func release(_ lease: SharedLease) async throws(MeteringError) {
        _ = try await take(Turn(customer: lease.customer, ended: [Ended(lease: lease)]))
    }

    /// Ends the leases of calls that ran when an earlier process of this gateway ended, and so ended with it.
    ///
    /// Do it when the events that this process left in its spool are in the graph: they count, and their calls no longer.
    ///
    /// - Throws: `storeUnavailable` when the database cannot be asked.
    public func forgetEarlierRuns() async throws(MeteringError) {
        guard let holder else { return }
        try await graph.run(
            """
            MATCH (l:SpendLease) WHERE l.gateway = \(holder.gateway) AND l.run <> \(holder.run) AND NOT l.ended
            DELETE l
            """)
    }

    func lease(for customer: CustomerID, upperBound: PicoUSD, now: Timestamp) -> SharedLease {
        SharedLease(
            id: Token.make(), customer: customer, upperBound: max(.zero, upperBound),
            expires: Timestamp(milliseconds: now.milliseconds + leaseDuration))
    }

    // MARK: One transaction

    /// A call that has ended; without an event it cost nothing.
    struct Ended: Sendable {
        var lease: SharedLease
        var event: EventID?
        var charge = UsageEvent.Charge.priced(.zero)
        var time = Timestamp(milliseconds: 0)
    }

    /// Calls of one customer that have ended and that ask to begin, in this order.
    struct Turn: Sendable {
        var customer: CustomerID
        var limits = SpendLimits()
        var now = Timestamp(milliseconds: 0)
        var ended: [Ended] = []
        var asked: [SharedLease] = []
    }

    /// What became of the calls that asked.
    struct Answers: Sendable {
        /// For each one, why it may not begin.
        var refusals: [SpendRefusal?] = []
        /// How the customer stood before them.
        var standing: SpendStanding?
    }

    /// Notes which calls have ended, and decides which may begin.
    ///
    /// - Parameter onCommit: Told each time before it may happen: when an error is thrown later, it can have happened.
    func take(_ turn: Turn, onCommit: () -> Void = {}) async throws(MeteringError) -> Answers {
        try await graph.write { transaction, _ in
            try await self.note(turn.ended, in: transaction)
            let answers = turn.asked.isEmpty ? Answers() : try await self.decide(turn, in: transaction)
            onCommit()
            return answers
        }
    }

    private func note(_ ended: [Ended], in transaction: BoltTransaction) async throws {
        let released = ended.filter { $0.event == nil }.map(\.lease.id)
        if !released.isEmpty {
            try await transaction.run("MATCH (l:SpendLease) WHERE l.id IN \(released) DELETE l").consume()
        }
        let rows = ended.compactMap { ended -> LeaseRow? in
            guard let event = ended.event else { return nil }
            var row = LeaseRow(
                lease: ended.lease, amount: ended.lease.upperBound, expires: ended.lease.expires, isEnded: true,
                holder: holder)
            if case .priced(let amount) = ended.charge {
                row.amount = amount
                row.event = event
                row.expires = Timestamp(milliseconds: ended.time.milliseconds + leaseDuration)
            }
            return row
        }
        if !rows.isEmpty { try await transaction.run(LeaseRow.query(rows)).consume() }
    }

    private func decide(_ turn: Turn, in transaction: BoltTransaction) async throws -> Answers {
        let open = try await takeTurn(of: turn.customer, in: transaction)
        let ended = open.filter { $0.isInGraph || $0.expires <= turn.now }
        if !ended.isEmpty {
            try await transaction.run("MATCH (l:SpendLease) WHERE l.id IN \(ended.map(\.id)) DELETE l").consume()
        }
        var leased = open.reduce(PicoUSD.zero) { $1.isInGraph || $1.expires <= turn.now ? $0 : $0 + $1.amount }
        // After the leases: what was settled since is counted twice, never not at all.
        let windows = try await SpendWindowSums.read(turn.customer, turn.limits, turn.now, in: transaction)
        var answers = Answers(standing: windows.standing(limits: turn.limits, leased: leased))
        let known = Set(open.map(\.id))
        var granted: [LeaseRow] = []
        for lease in turn.asked {
            // An earlier try whose commit was not answered has made it.
            let refusal = known.contains(lease.id) ? nil : windows.refusal(of: lease.upperBound, leased: leased)
            answers.refusals.append(refusal)
            guard refusal == nil, !known.contains(lease.id) else { continue }
            leased += lease.upperBound
            granted.append(
                LeaseRow(
                    lease: lease, amount: lease.upperBound, expires: lease.expires, isEnded: false, holder: holder))
        }
        if !granted.isEmpty { try await transaction.run(LeaseRow.query(granted)).consume() }
        return answers
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
