/// Which plan a customer has when.
public struct PlanHistory: Sendable, Hashable {
    /// A plan, and from when on it holds.
    public struct Change: Sendable, Hashable {
        /// The first moment.
        public var from: Timestamp
        /// The plan.
        public var plan: Plan
        /// Creates a change.
        public init(from: Timestamp, plan: Plan) {
            self.from = from
            self.plan = plan
        }
    }

    /// The changes, oldest first.
    public let changes: [Change]

    /// The list price for ever.
    public static let list = PlanHistory([])

    /// Creates a history; before the first change the list price holds.
    public init(_ changes: [Change]) { self.changes = changes.sorted { $0.from < $1.from } }

    /// The plan at a moment.
    public func plan(at time: Timestamp) -> Plan { changes.last { $0.from <= time }?.plan ?? .list }
}
