public import Metering

/// What every `LeaderLease` has to do.
///
/// An `OracleStore` is one: ``OracleStoreConformance`` has these checks too.
public enum LeaderLeaseConformance {
    /// One check: a sentence that has to be true of a lease.
    public struct Check: Sendable, CustomStringConvertible {
        /// What has to be true.
        public let description: String
        private let first: @Sendable (any LeaderLease) async throws -> Void
        private let second: @Sendable (any LeaderLease) async throws -> Void

        init(
            _ description: String, _ first: @escaping @Sendable (any LeaderLease) async throws -> Void,
            then second: @escaping @Sendable (any LeaderLease) async throws -> Void
        ) {
            self.description = description
            self.first = first
            self.second = second
        }

        /// Runs the first part, with a lease that nobody ever had.
        ///
        /// - Throws: ``ConformanceFailure`` when the sentence is not true, or the error that the lease threw.
        public func run(_ lease: any LeaderLease) async throws { try await first(lease) }

        /// Runs the second part, with the same lease, opened again where that is possible.
        public func runAgain(_ lease: any LeaderLease) async throws { try await second(lease) }
    }

    /// All checks.
    public static let checks = [
        Check("one holder leads until its lease ends or it gives it up") { store in
            try expect(try await store.lease(), equals: nil, "the lease that nobody has")
            try expect(try await store.hold(by: "a", at: time(100), for: 30_000), equals: true, "a, first")
            try expect(try await store.hold(by: "b", at: time(129), for: 30_000), equals: false, "b, too early")
            try expect(try await store.hold(by: "a", at: time(129), for: 30_000), equals: true, "a, again")
            try expect(try await store.hold(by: "b", at: time(158), for: 30_000), equals: false, "b, still early")
            try expect(try await store.hold(by: "b", at: time(159), for: 30_000), equals: true, "b, at the end")
            try await store.release(by: "a")
            try expect(try await store.hold(by: "a", at: time(160), for: 30_000), equals: false, "a, no longer")
        } then: { store in
            let lease = Lease(holder: "b", held: time(159), until: time(189))
            try expect(try await store.lease(), equals: lease, "the lease")
            try await store.release(by: "b")
            try expect(try await store.lease()?.held, equals: time(159), "when it was held last")
            try expect(try await store.hold(by: "a", at: time(160), for: 30_000), equals: true, "a, after b left")
            try expect(try await store.hold(by: "b", at: time(10), for: 30_000), equals: true, "b, set back")
            try expect(try await store.hold(by: "a", at: time(20), for: 30_000), equals: false, "a, after that")
        }
    ]

    private static func time(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1_000) }
}
