/// Which notifications a server should send with results (Bolt 5.2).
public struct BoltNotificationFilter: Sendable, Hashable {
    /// The least severity that is sent.
    public enum Severity: String, Sendable, Hashable {
        /// Nothing is sent.
        case off = "OFF"
        /// Warnings alone.
        case warning = "WARNING"
        /// Everything.
        case information = "INFORMATION"
    }

    /// What a notification is about.
    public struct Classification: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
        /// The protocol's word for it.
        public let name: String
        /// Creates a classification from the protocol's word.
        public init(stringLiteral value: String) { name = value }
        /// The protocol's word.
        public var description: String { name }

        /// An unsatisfied hint.
        public static let hint: Classification = "HINT"
        /// Something that the database does not have.
        public static let unrecognized: Classification = "UNRECOGNIZED"
        /// Something that is not supported.
        public static let unsupported: Classification = "UNSUPPORTED"
        /// Something slow.
        public static let performance: Classification = "PERFORMANCE"
        /// Something that will be removed.
        public static let deprecation: Classification = "DEPRECATION"
        /// Something else.
        public static let generic: Classification = "GENERIC"
        /// Something about security.
        public static let security: Classification = "SECURITY"
        /// Something about the cluster.
        public static let topology: Classification = "TOPOLOGY"
        /// Something about the schema.
        public static let schema: Classification = "SCHEMA"
    }

    /// The least severity that is sent; `nil` leaves it to the server.
    public var minimumSeverity: Severity?
    /// What is not sent; `nil` leaves it to the server.
    public var disabled: [Classification]?

    /// Creates a filter.
    public init(minimumSeverity: Severity? = nil, disabled: [Classification]? = nil) {
        self.minimumSeverity = minimumSeverity
        self.disabled = disabled
    }

    /// Adds the filter's keys where the version has them.
    func add(to extra: inout ExtraMap, version: BoltVersion) {
        guard version >= .v52 else { return }
        extra["notifications_minimum_severity"] = minimumSeverity?.rawValue
        let key = version >= .v56 ? "notifications_disabled_classifications" : "notifications_disabled_categories"
        extra[key] = disabled?.map(\.name)
    }
}
