public import Bolt
public import Metering

/// The lease of the oracle in the usage graph: one node, so that of many machines one oracle works at a time.
///
/// Prepare the schema of the database first: ``Neo4jUsageStore/prepareSchema()``.
public final class Neo4jLeaderLease: LeaderLease {
    private let graph: GraphDatabase

    /// Creates a lease on a driver; nothing is sent yet.
    public init(
        driver: BoltDriver, database: String? = nil, options: Neo4jUsageStore.Options = Neo4jUsageStore.Options()
    ) {
        graph = GraphDatabase(driver: driver, name: database, options: options)
    }

    /// See `LeaderLease`.
    public func hold(by holder: String, at now: Timestamp, for duration: Int64) async throws(MeteringError) -> Bool {
        let until = now.milliseconds + duration
        return try await graph.write { transaction, _ in
            // Written to before it is judged, so that of two who ask at the same time one waits, or has to ask again.
            try await transaction.execute(
                """
                MERGE (l:OracleLease {id: 1}) SET l.turn = \(Token.make())
                WITH l WHERE l.holder IS NULL OR l.holder = \(holder)
                    OR l.until <= \(now.milliseconds) OR l.until > \(until)
                SET l.holder = \(holder), l.held = \(now.milliseconds), l.until = \(until)
                RETURN l.holder
                """
            ).records.count == 1
        }
    }

    /// See `LeaderLease`.
    public func release(by holder: String) async throws(MeteringError) {
        try await graph.write { transaction, _ in
            try await transaction.run(
                """
                MATCH (l:OracleLease {id: 1}) SET l.turn = \(Token.make())
                WITH l WHERE l.holder = \(holder)
                SET l.until = 0
                """
            ).consume()
        }
    }

    /// See `LeaderLease`.
    public func lease() async throws(MeteringError) -> Lease? {
        try await graph.read(
            "MATCH (l:OracleLease {id: 1}) WHERE l.holder IS NOT NULL RETURN l.holder, l.held, l.until"
        ) { fields in
            Lease(holder: try fields.next(), held: try fields.nextTime(), until: try fields.nextTime())
        }.first
    }
}
