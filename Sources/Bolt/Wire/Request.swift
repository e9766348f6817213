/// A request, as far as the order of answers and the protocol's states are concerned.
enum Request: Sendable, Hashable {
    case hello, logon, logoff, goodbye, reset, begin, commit, rollback, discard, route, telemetry
    /// A query; within an explicit transaction or by itself.
    case run(inTransaction: Bool)
    /// A request for records; the last one for its result when it asks for all.
    case pull(isLast: Bool)

    /// The tag of the message.
    var tag: UInt8 {
        switch self {
        case .hello: 0x01
        case .goodbye: 0x02
        case .reset: 0x0F
        case .run: 0x10
        case .begin: 0x11
        case .commit: 0x12
        case .rollback: 0x13
        case .discard: 0x2F
        case .pull: 0x3F
        case .telemetry: 0x54
        case .route: 0x66
        case .logon: 0x6A
        case .logoff: 0x6B
        }
    }

    /// How many fields the message has.
    var fieldCount: Int {
        switch self {
        case .goodbye, .reset, .commit, .rollback, .logoff: 0
        case .hello, .logon, .begin, .pull, .discard, .telemetry: 1
        case .run, .route: 3
        }
    }
}

/// Which part of the API a query came through, for the server's statistics.
enum TelemetryInterface: Int, Sendable {
    case managedTransaction = 0
    case explicitTransaction = 1
    case autoCommit = 2
    case executeQuery = 3
}

/// What a client says about itself.
struct BoltHello: Sendable {
    var userAgent: String
    var product: String
    /// The routing context; `nil` when the server must not route.
    var routing: [String: String]?
    var notifications: BoltNotificationFilter
}
