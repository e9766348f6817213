/// What a pool of connections to one server does, at one moment.
public struct BoltPoolMetrics: Sendable, Hashable {
    /// The server.
    public var address: BoltAddress
    /// Connections that are open and not in use.
    public var idle: Int
    /// Connections in use.
    public var inUse: Int
    /// Connections that are being opened.
    public var opening: Int
    /// Units of work that wait for a connection.
    public var waiting: Int
    /// Connections opened so far.
    public var opened: Int
    /// Connections closed so far.
    public var closed: Int
    /// Attempts to open one that failed.
    public var failedToOpen: Int
    /// Connections given to units of work so far.
    public var acquired: Int
    /// Units of work that waited in vain.
    public var timedOut: Int
}
