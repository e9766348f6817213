/// What the server says about a query after its last record.
public struct BoltSummary: Sendable {
    /// What a query did.
    public enum Kind: String, Sendable, Hashable {
        /// It read.
        case read = "r"
        /// It wrote.
        case write = "w"
        /// It read and wrote.
        case readWrite = "rw"
        /// It changed the schema.
        case schema = "s"
    }

    private let end: ResultStream.End

    /// The query's text.
    public let query: String
    /// The server.
    public let address: BoltAddress
    /// What the server calls itself, such as `Neo4j/2026.10.0`.
    public let serverAgent: String
    /// The version of the protocol that was spoken.
    public let protocolVersion: BoltVersion

    init(_ end: ResultStream.End, query: BoltQuery, connection: BoltConnection) {
        self.end = end
        self.query = query.text
        address = connection.address
        serverAgent = connection.server.agent
        protocolVersion = connection.dialect.version
    }

    // What the server sent is read when it is asked for: most summaries are never looked at.

    /// What the query did; `nil` when the server does not say.
    public var kind: Kind? { end.pull["type"]?.string.flatMap(Kind.init) }

    /// The database it ran on; `nil` when the server does not say.
    public var database: String? { end.pull["db"]?.string ?? end.run["db"]?.string }

    /// What it changed.
    public var counters: BoltCounters { BoltCounters(end.pull["stats"]?.map ?? .empty) }

    /// How the server would run it, for `EXPLAIN`.
    public var plan: BoltPlan? { end.pull["plan"]?.map.map { BoltPlan($0) } }

    /// How the server ran it, for `PROFILE`.
    public var profile: BoltPlan? { end.pull["profile"]?.map.map { BoltPlan($0) } }

    /// The statuses of the query, the worst first; among them the notifications.
    public var statuses: [BoltStatus] { BoltStatus.all(end) }

    /// The notifications among the statuses.
    public var notifications: [BoltStatus] { statuses.filter(\.isNotification) }

    /// When the first record was ready, counted from the server's receipt.
    public var availableAfter: Duration? { end.run["t_first"]?.integer.map { .milliseconds($0) } }

    /// When the last record was read, counted from the server's receipt.
    public var consumedAfter: Duration? { end.pull["t_last"]?.integer.map { .milliseconds($0) } }
}

/// What a query changed.
public struct BoltCounters: Sendable, Hashable {
    /// Nodes created.
    public let nodesCreated: Int
    /// Nodes deleted.
    public let nodesDeleted: Int
    /// Relationships created.
    public let relationshipsCreated: Int
    /// Relationships deleted.
    public let relationshipsDeleted: Int
    /// Properties set.
    public let propertiesSet: Int
    /// Labels added to nodes.
    public let labelsAdded: Int
    /// Labels removed from nodes.
    public let labelsRemoved: Int
    /// Indexes created.
    public let indexesAdded: Int
    /// Indexes dropped.
    public let indexesRemoved: Int
    /// Constraints created.
    public let constraintsAdded: Int
    /// Constraints dropped.
    public let constraintsRemoved: Int
    /// Changes to the system database.
    public let systemUpdates: Int
    /// Whether the graph or the schema was changed.
    public let containsUpdates: Bool
    /// Whether the system database was changed.
    public let containsSystemUpdates: Bool

    init(_ stats: BoltMap) {
        func count(_ key: String) -> Int { Int(clamping: stats[key]?.integer ?? 0) }
        func flag(_ key: String) -> Bool? {
            guard case .bool(let flag)? = stats[key]?.content else { return nil }
            return flag
        }
        nodesCreated = count("nodes-created")
        nodesDeleted = count("nodes-deleted")
        relationshipsCreated = count("relationships-created")
        relationshipsDeleted = count("relationships-deleted")
        propertiesSet = count("properties-set")
        labelsAdded = count("labels-added")
        labelsRemoved = count("labels-removed")
        indexesAdded = count("indexes-added")
        indexesRemoved = count("indexes-removed")
        constraintsAdded = count("constraints-added")
        constraintsRemoved = count("constraints-removed")
        systemUpdates = count("system-updates")
        let changes = [
            nodesCreated, nodesDeleted, relationshipsCreated, relationshipsDeleted, propertiesSet, labelsAdded,
            labelsRemoved, indexesAdded, indexesRemoved, constraintsAdded, constraintsRemoved,
        ]
        containsUpdates = flag("contains-updates") ?? changes.contains { $0 > 0 }
        containsSystemUpdates = flag("contains-system-updates") ?? (systemUpdates > 0)
    }
}

/// An operator of a query's plan, with those it draws from.
public struct BoltPlan: Sendable, Hashable {
    /// The operator's name.
    public let operatorType: String
    /// The variables it uses.
    public let identifiers: [String]
    /// The operator's arguments.
    public let arguments: BoltMap
    /// The operators it draws from.
    public let children: [BoltPlan]
    /// Requests to the storage engine; only after `PROFILE`.
    public let databaseHits: Int64?
    /// Rows it produced; only after `PROFILE`.
    public let rows: Int64?
    /// Pages found in the cache; only after `PROFILE`.
    public let pageCacheHits: Int64?
    /// Pages not found in the cache; only after `PROFILE`.
    public let pageCacheMisses: Int64?
    /// The time it took in the server's unit; only after `PROFILE`.
    public let time: Int64?

    init(_ map: BoltMap) {
        operatorType = map["operatorType"]?.string ?? ""
        identifiers = map["identifiers"]?.list?.compactMap(\.string) ?? []
        arguments = map["args"]?.map ?? .empty
        children = (map["children"]?.list?.compactMap(\.map) ?? []).map { BoltPlan($0) }
        databaseHits = map["dbHits"]?.integer
        rows = map["rows"]?.integer
        pageCacheHits = map["pageCacheHits"]?.integer
        pageCacheMisses = map["pageCacheMisses"]?.integer
        time = map["time"]?.integer
    }
}
