public import Metering
public import NIOCore
import NIOSSL

/// Everything an operator can set about the gateway.
///
/// Times are `TimeAmount`s, sizes are bytes. Timeouts are checked by one sweep per event loop, so they may come up to
/// ``Timeouts/resolution`` late.
public struct GatewayConfiguration: Sendable {
    /// The address to listen on.
    ///
    /// Default `127.0.0.1`: without keys only loopback is served anyway.
    public var host = "127.0.0.1"
    /// The port to listen on; 0 lets the system choose.
    ///
    /// Default 8080.
    public var port = 8080
    /// The API that calls are forwarded to.
    ///
    /// Default `https://api.anthropic.com`.
    public var upstream: UpstreamURL
    /// The operator's key for the upstream.
    ///
    /// It is sent as `x-api-key` and nowhere else.
    public var upstreamKey: UpstreamKey
    /// What an administrator sends to see every customer's documents below `/api/v1`.
    ///
    /// Default: none, and then each customer sees its own and nobody all.
    public var adminToken: AdminToken?
    /// The file with the operator's keys, which sign receipts when they are read.
    ///
    /// Default: none, and then `/api/v1/receipts` is not served.
    public var operatorKeys: OperatorKeyFile?
    /// The file with the customers' plans, which decide how far a prepaid balance goes.
    ///
    /// Default: none, and then everybody pays the list price.
    public var plans: PlanFile?
    /// Threads that serve connections.
    ///
    /// Default: one per processor core.
    public var eventLoopThreads = System.coreCount
    /// What clients may not exceed.
    public var limits = Limits()
    /// How long things may take.
    public var timeouts = Timeouts()
    /// What is done while the store cannot take events.
    public var durability = Durability()
    /// How message batches are followed to their results.
    public var batches = Batches()
    /// How much is reserved for a call of a customer with caps.
    ///
    /// Default: `SpendBound.strict`.
    public var spendBound = SpendBound.strict
    /// How often the store is asked whether customers or keys changed.
    ///
    /// Default 1 s.
    public var directoryPollInterval = TimeAmount.seconds(1)
    /// How often the ledger is asked for the customers' subscriptions.
    ///
    /// Default 5 s: so long after a deposit a call may still be refused.
    public var ledgerPollInterval = TimeAmount.seconds(5)
    /// Certificates to trust for the upstream, in PEM, instead of the system's.
    ///
    /// Default: none given.
    public var upstreamTrustRoots: [String] = []

    /// Creates a configuration with the documented defaults.
    public init(upstream: UpstreamURL = .anthropic, upstreamKey: UpstreamKey) {
        self.upstream = upstream
        self.upstreamKey = upstreamKey
    }

    /// What TLS to the upstream verifies with; `nil` when the upstream is not encrypted.
    func makeTLSConfiguration() throws -> TLSConfiguration? {
        guard upstream.isSecure else { return nil }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.applicationProtocols = ["http/1.1"]
        if !upstreamTrustRoots.isEmpty {
            let roots = try upstreamTrustRoots.flatMap { try NIOSSLCertificate.fromPEMBytes(Array($0.utf8)) }
            tls.trustRoots = .certificates(roots)
        }
        return tls
    }

    /// What clients may not exceed.
    public struct Limits: Sendable {
        /// Bytes of a request's line and headers, at most 65,535.
        ///
        /// More is answered with 431. Default 16 KiB.
        public var headBytes = 16 * 1024
        /// Bytes of a request's body.
        ///
        /// More is answered with 413. Default 32 MB, the API's own limit.
        public var bodyBytes = 32 * 1024 * 1024
        /// Bytes of the body of `POST /v1/messages/batches`.
        ///
        /// Default 256 MB, the API's own limit.
        public var batchBodyBytes = 256 * 1024 * 1024
        /// Open client connections.
        ///
        /// More are answered with 503 and closed. Default 10,000.
        public var connections = 10_000
        /// Idle upstream connections kept per event loop.
        ///
        /// Default 256.
        public var idleUpstreamConnections = 256
        /// Bytes of a request's body searched for `metadata.user_id` when no header names the session.
        ///
        /// Default 1 MiB.
        public var sessionSearchBytes = 1024 * 1024
    }

    /// How long things may take.
    public struct Timeouts: Sendable {
        /// From a request's first byte to the end of its headers.
        ///
        /// Longer is answered with 408. Default 10 s.
        public var requestHead = TimeAmount.seconds(10)
        /// Between two pieces of a request's body.
        ///
        /// Longer is answered with 408. Default 60 s.
        public var requestBody = TimeAmount.seconds(60)
        /// A client connection without a request.
        ///
        /// Default 75 s.
        public var keepAlive = TimeAmount.seconds(75)
        /// A client that takes none of its response.
        ///
        /// Then the call is read to its end without it. Default 300 s.
        public var clientStall = TimeAmount.seconds(300)
        /// For the other gateways' word on a customer's cap, where they share one.
        ///
        /// Longer is answered with 503. Default 10 s.
        public var reservation = TimeAmount.seconds(10)
        /// To connect to the upstream, TLS included.
        ///
        /// Longer is answered with 502. Default 10 s.
        public var upstreamConnect = TimeAmount.seconds(10)
        /// From the whole request to the response's headers.
        ///
        /// Longer is answered with 504. Default 600 s.
        public var upstreamFirstByte = TimeAmount.seconds(600)
        /// Between two pieces of a response.
        ///
        /// Default 330 s: clients give up after 300 s of silence.
        public var upstreamIdle = TimeAmount.seconds(330)
        /// An upstream connection without a call.
        ///
        /// Default 50 s, less than common servers keep theirs.
        public var upstreamKeepAlive = TimeAmount.seconds(50)
        /// After a shutdown began: how long calls may go on until they are cut.
        ///
        /// Default 30 s.
        public var shutdownGrace = TimeAmount.seconds(30)
        /// How often deadlines are checked.
        ///
        /// Default 1 s.
        public var resolution = TimeAmount.seconds(1)
    }

    /// What is done while the store cannot take events.
    public struct Durability: Sendable {
        /// How often a failed append is tried again, with ``firstRetryDelay`` doubled each time.
        ///
        /// Default 6.
        public var retries = 6
        /// The pause before the first retry.
        ///
        /// Default 100 ms, so that six retries take 6.3 s.
        public var firstRetryDelay = TimeAmount.milliseconds(100)
    }

    /// How message batches are followed to their results.
    public struct Batches: Sendable {
        /// How often open batches are looked at.
        ///
        /// Default 60 s.
        public var reconcileInterval = TimeAmount.seconds(60)
        /// How many batches one round looks at.
        ///
        /// Default 1000.
        public var reconcileLimit = 1000
    }
}

/// The operator's key for the upstream API.
///
/// It has no description, so that it cannot be printed by accident.
public struct UpstreamKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The secret itself.
    let secret: String

    /// Wraps a key, or throws when it cannot be sent in a header.
    public init(_ secret: String) throws(GatewayError) {
        guard !secret.isEmpty, secret.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw GatewayError(
                .invalidConfiguration,
                "the upstream key is empty or has characters that no key has; check CLAUDE_API_KEY")
        }
        self.secret = secret
    }

    /// `***`, never the secret.
    public var description: String { "***" }
    /// `***`, never the secret.
    public var debugDescription: String { "***" }
}
