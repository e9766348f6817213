extension Neo4jUsageStore {
    /// Settings of a store.
    ///
    /// The defaults are right for a gateway.
    public struct Options: Sendable {
        /// About how many events one transaction takes at most.
        ///
        /// A single `submit` is never divided.
        public var batchLimit = 2_000
        /// How long, counted in pauses, work is tried again that lost a race with another writer or whose outcome is
        /// unknown.
        public var retryTime: Duration = .seconds(15)
        /// The pause before the first new try; it doubles each time, up to a second, and varies by half.
        public var firstDelay: Duration = .milliseconds(50)
        /// Waits for that long; injected by tests.
        public var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

        /// The defaults.
        public init() {}
    }
}
