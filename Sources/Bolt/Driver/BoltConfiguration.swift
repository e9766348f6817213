public import NIOCore
public import NIOSSL

/// The settings of a driver.
public struct BoltConfiguration: Sendable {
    /// How connections are encrypted.
    public enum Encryption: Sendable {
        /// They are not.
        case disabled
        /// TLS with the system's certificate authorities.
        case systemTrust
        /// TLS with certificate authorities of your own.
        case trust([NIOSSLCertificate])
        /// TLS with any certificate; anybody in between can read along.
        case trustAny
    }

    /// A certificate that the client presents to the server.
    public struct ClientCertificate: Sendable {
        /// The certificate and those above it.
        public var chain: [NIOSSLCertificateSource]
        /// The private key.
        public var privateKey: NIOSSLPrivateKeySource

        /// Creates a client certificate.
        public init(chain: [NIOSSLCertificateSource], privateKey: NIOSSLPrivateKeySource) {
            self.chain = chain
            self.privateKey = privateKey
        }
    }

    /// How connections are encrypted, or `nil` to follow the scheme of the address.
    ///
    /// It cannot be set together with `+s` and `+ssc`.
    public var encryption: Encryption?
    /// Gives the client's certificate, for each new connection, so that it can be renewed while the driver runs.
    public var clientCertificate: (@Sendable () throws -> ClientCertificate)?

    /// The most connections to one server.
    public var maximumPoolSize = 100
    /// How long a unit of work waits for a connection: in the queue, and for opening it.
    public var acquisitionTimeout: Duration = .seconds(60)
    /// The most units of work that wait for a connection to one server; `nil` for no limit.
    public var maximumWaiters: Int?
    /// How long opening a TCP connection may take.
    public var connectTimeout: Duration = .seconds(30)
    /// The age at which a connection is replaced.
    public var maximumConnectionLifetime: Duration = .seconds(3600)
    /// How long a connection may be idle before it is tested ahead of its next use; `nil` for never.
    public var livenessCheckTimeout: Duration?
    /// How long a connection may be idle before it is closed; `nil` for ever.
    public var idleTimeout: Duration? = .seconds(600)
    /// The longest silence of a server while an answer is due, if the server states none itself; `nil` for no limit.
    public var receiveTimeout: Duration?
    /// Whether idle TCP connections are kept alive.
    public var keepAlive = true

    /// Records that are asked for at a time; -1 for all at once.
    public var fetchSize = 1000
    /// How long managed transactions are tried again, counted from the first failure.
    public var maximumRetryTime: Duration = .seconds(30)
    /// The pause before the first new try; it doubles each time, and varies by a fifth.
    public var initialRetryDelay: Duration = .seconds(1)
    /// Whether a query by itself is tried once more when the server states that it changed nothing.
    public var retriesAutoCommit = true
    /// The largest message taken from a server, in bytes.
    public var maximumMessageSize = 256 << 20

    /// Which notifications servers send with results.
    public var notifications = BoltNotificationFilter()
    /// Whether servers are told which part of the API is used.
    public var sendsTelemetry = true
    /// The name of the program, for the server's logs.
    public var userAgent = "flowmeter-bolt/1.0"
    /// Finds the servers to ask for the first routing table.
    public var resolver: (any BoltResolver)?
    /// Where connections run; `nil` for the process's shared event loops.
    public var eventLoopGroup: (any EventLoopGroup)?

    /// The only version that is proposed, for tests; `nil` for all.
    var onlyVersion: BoltVersion?
    /// How often connections are looked through for those that are no longer needed; `nil` for never, for tests.
    var sweepInterval: TimeAmount? = .seconds(10)

    /// Creates the default settings.
    public init() {}

    /// Throws ``BoltError/Code/invalidConfiguration`` for settings that cannot be.
    func check(_ uri: BoltURI) throws(BoltError) {
        func require(_ condition: Bool, _ message: String) throws(BoltError) {
            guard condition else { throw BoltError(.invalidConfiguration, message) }
        }
        try require(maximumPoolSize > 0, "maximumPoolSize must be at least 1")
        try require(fetchSize == -1 || fetchSize > 0, "fetchSize must be at least 1, or -1 for all")
        try require(maximumMessageSize > 0, "maximumMessageSize must be at least 1")
        try require(acquisitionTimeout > .zero, "acquisitionTimeout must be positive")
        try require(initialRetryDelay >= .zero, "initialRetryDelay must not be negative")
        try require(
            encryption == nil || uri.security == .none,
            "the scheme +s or +ssc decides on the encryption; with the encryption setting, use bolt:// or neo4j://")
    }
}

extension TimeAmount {
    /// The same length of time, cut to whole nanoseconds and to what fits.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let limited = min(max(seconds, 0), Int64.max / 2_000_000_000)
        self = .nanoseconds(limited * 1_000_000_000 + max(0, attoseconds / 1_000_000_000))
    }
}
