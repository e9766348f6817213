public import Metering

/// How the conformance checks get at the stores of one implementation.
public struct UsageStoreHarness: Sendable {
    /// Opens the store of one place.
    ///
    /// Each call opens the same data, after the store opened before was closed.
    public typealias Open = @Sendable () async throws -> any UsageStore

    /// Whether what was appended is still there when a place is opened again.
    public let isPersistent: Bool
    private let makePlace: @Sendable () async throws -> Open

    /// Creates a harness.
    ///
    /// - Parameters:
    ///   - isPersistent: Whether data outlives the store. Without it, checks that open a place again do nothing.
    ///   - makePlace: Makes a place for a new, empty store, such as a temporary directory.
    public init(isPersistent: Bool, makePlace: @escaping @Sendable () async throws -> Open) {
        self.isPersistent = isPersistent
        self.makePlace = makePlace
    }

    /// Runs `body` with a new, empty store, and closes it.
    func withStore(_ body: (any UsageStore) async throws -> Void) async throws {
        try await Self.withStore(try await makePlace(), body)
    }

    /// Runs `before` with a new, empty store, closes it, and runs `after` with the same data opened again.
    func withReopenedStore(
        _ before: (any UsageStore) async throws -> Void, then after: (any UsageStore) async throws -> Void
    ) async throws {
        guard isPersistent else { return }
        let open = try await makePlace()
        try await Self.withStore(open, before)
        try await Self.withStore(open, after)
    }

    private static func withStore(_ open: Open, _ body: (any UsageStore) async throws -> Void) async throws {
        let store = try await open()
        do { try await body(store) } catch {
            try await store.close()
            throw error
        }
        try await store.close()
    }
}
