public import Metering

/// What every `OracleStore` has to do.
///
/// A store's tests run all of ``checks``.
public enum OracleStoreConformance {
    /// One check: a sentence that has to be true of a store.
    public struct Check: Sendable, CustomStringConvertible {
        /// What has to be true.
        public let description: String
        private let body: @Sendable (OracleStoreHarness) async throws -> Void

        init(_ description: String, _ body: @escaping @Sendable (OracleStoreHarness) async throws -> Void) {
            self.description = description
            self.body = body
        }

        /// Runs the check with stores of its own.
        ///
        /// - Throws: ``ConformanceFailure`` when the sentence is not true, or the error that the store threw.
        public func run(_ harness: OracleStoreHarness) async throws { try await body(harness) }
    }

    /// All checks.
    public static let checks: [Check] = epochChecks + outboxChecks + leaseChecks
}

/// How the conformance checks get at the stores of one implementation.
public struct OracleStoreHarness: Sendable {
    /// Opens the store of one place; each call opens the same data, after the store opened before was closed.
    public typealias Open = @Sendable () async throws -> any OracleStore

    private let isPersistent: Bool
    private let makePlace: @Sendable () async throws -> Open

    /// Creates a harness.
    ///
    /// - Parameters:
    ///   - isPersistent: Whether data outlives the store. Without it, nothing is opened twice.
    ///   - makePlace: Makes a place for a new, empty store, such as a temporary directory.
    public init(isPersistent: Bool, makePlace: @escaping @Sendable () async throws -> Open) {
        self.isPersistent = isPersistent
        self.makePlace = makePlace
    }

    /// Runs `before` with a new store, and `after` with the same one, opened again where that is possible.
    func withStore(
        _ before: (any OracleStore) async throws -> Void, then after: (any OracleStore) async throws -> Void = { _ in }
    ) async throws {
        let open = try await makePlace()
        var store = try await open()
        do {
            try await before(store)
            if isPersistent {
                try await store.close()
                store = try await open()
            }
            try await after(store)
        } catch {
            try await store.close()
            throw error
        }
        try await store.close()
    }
}
