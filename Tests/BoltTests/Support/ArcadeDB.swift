import TestServers
import Testing

@testable import Bolt

extension ArcadeDB {
    /// A driver for the server.
    func driver(
        _ scheme: String = "bolt", _ change: (inout BoltConfiguration) -> Void = { _ in }
    ) throws -> BoltDriver {
        var configuration = BoltConfiguration.patient
        configuration.initialRetryDelay = .milliseconds(20)
        change(&configuration)
        return try BoltDriver(
            "\(scheme)://\(address)", authentication: Self.authentication, configuration: configuration)
    }
}

/// Starts a server for all tests of a suite.
struct WithArcadeDB: SuiteTrait, TestScoping {
    @TaskLocal static var current: ArcadeDB?

    static var server: ArcadeDB {
        get throws {
            guard let current else { throw ArcadeDB.Fault(description: "the suite has no server") }
            return current
        }
    }

    @concurrent
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await ArcadeDB.run { server in try await Self.$current.withValue(server) { try await function() } }
    }
}

extension Trait where Self == WithArcadeDB {
    static var withArcadeDB: Self { WithArcadeDB() }
}
