/// The settings of a session.
public struct BoltSessionConfiguration: Sendable {
    /// The database, or `nil` for the user's home database.
    ///
    /// Naming it saves a round trip on a cluster.
    public var database: String?
    /// Whether work that is not a managed transaction reads or writes.
    public var accessMode = BoltAccessMode.write
    /// What the first unit of work must see.
    public var bookmarks: BoltBookmarks = []
    /// Shares bookmarks with other sessions.
    public var bookmarkManager: BoltBookmarkManager?
    /// The user in whose place the work is done.
    public var impersonatedUser: String?
    /// Credentials of this session, instead of the driver's (Bolt 5.1; before, a connection is opened for it).
    public var authentication: BoltAuthentication?
    /// Records that are asked for at a time; `nil` for the driver's setting.
    public var fetchSize: Int?
    /// Which notifications the server sends; `nil` for the driver's setting.
    public var notifications: BoltNotificationFilter?
    /// Whether the session's work runs on the event loop of its connection, unless it is isolated to an actor.
    ///
    /// A round trip then needs no change of threads, which is a good part of what a small query costs. Nothing else of
    /// that event loop moves while the work computes, so it must be brief between its queries, and never block.
    public var staysOnEventLoop = false

    /// Creates settings.
    public init(database: String? = nil, accessMode: BoltAccessMode = .write) {
        self.database = database
        self.accessMode = accessMode
    }
}

/// The settings of a transaction.
public struct BoltTransactionConfiguration: Sendable {
    /// After how long the server ends the transaction; `nil` for the server's setting, zero for never.
    public var timeout: Duration?
    /// What the server shows about the transaction in its lists and logs.
    public var metadata: [String: BoltValue]

    /// Creates settings.
    public init(timeout: Duration? = nil, metadata: [String: BoltValue] = [:]) {
        self.timeout = timeout
        self.metadata = metadata
    }

    func add(to extra: inout ExtraMap) {
        if !metadata.isEmpty { extra["tx_metadata"] = metadata }
        guard let timeout else { return }
        let (seconds, attoseconds) = timeout.components
        let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        let rounded = milliseconds &+ (attoseconds + 500_000_000_000_000) / 1_000_000_000_000_000
        // Zero means for ever, so a tiny limit must not become zero.
        extra["tx_timeout"] = overflow ? Int64.max : max(rounded, timeout > .zero ? 1 : 0)
    }
}
