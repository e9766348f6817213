import Bolt
import Metering
import MeteringConformance
import MeteringNeo4j
import TestServers
import Testing

/// Starts a server for all tests of a suite.
struct WithGraphServer: SuiteTrait, TestScoping {
    @TaskLocal static var current: ArcadeDB?

    @concurrent
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await ArcadeDB.run { server in try await Self.$current.withValue(server) { try await function() } }
    }
}

extension Trait where Self == WithGraphServer {
    static var withGraphServer: Self { WithGraphServer() }
}

/// The suite's database.
///
/// A test begins by emptying it, so tests of a suite run one after the other.
enum Graph {
    static let database = "neo4j"

    static var server: ArcadeDB {
        get throws {
            guard let current = WithGraphServer.current else {
                throw ArcadeDB.Fault(description: "the suite has no server")
            }
            return current
        }
    }

    /// A driver with limits that no busy machine reaches.
    static func driver(_ change: (inout BoltConfiguration) -> Void = { _ in }) throws -> BoltDriver {
        var configuration = BoltConfiguration()
        configuration.acquisitionTimeout = .seconds(3600)
        configuration.maximumRetryTime = .seconds(3600)
        configuration.initialRetryDelay = .milliseconds(20)
        change(&configuration)
        return try BoltDriver(
            "bolt://\(try server.address)", authentication: ArcadeDB.authentication, configuration: configuration)
    }

    /// Settings that try again for as long as it takes.
    static var options: Neo4jUsageStore.Options {
        var options = Neo4jUsageStore.Options()
        options.retryTime = .seconds(3600)
        options.firstDelay = .milliseconds(5)
        return options
    }

    /// Lends a driver for an empty database with the schema.
    static func withDriver<T>(_ body: (BoltDriver) async throws -> T) async throws -> T {
        let driver = try driver()
        defer { driver.close() }
        try await empty(driver)
        return try await body(driver)
    }

    /// Lends a store of an empty database.
    static func withStore<T>(_ body: (Neo4jUsageStore) async throws -> T) async throws -> T {
        try await withDriver { driver in
            let store = Neo4jUsageStore(driver: driver, database: database, options: options)
            let value = try await body(store)
            try await store.close()
            return value
        }
    }

    static func empty(_ driver: BoltDriver) async throws {
        let store = Neo4jUsageStore(driver: driver, database: database, options: options)
        // What is there may be without a schema.
        try await driver.executeQuery(
            "MATCH (n) DETACH DELETE n", configuration: BoltQueryConfiguration(database: database))
        try await store.prepareSchema()
        try await store.close()
    }

    /// The only value of a query.
    static func value<Value: BoltDecodable>(
        _ query: BoltQuery, _ driver: BoltDriver, as type: Value.Type = Value.self
    ) async throws -> Value {
        try Value(bolt: try #require(try await Self.query(query, driver).first?[0]))
    }

    @discardableResult
    static func query(_ query: BoltQuery, _ driver: BoltDriver) async throws -> [BoltRecord] {
        try await driver.executeQuery(query, configuration: BoltQueryConfiguration(database: database)).records
    }
}
