internal import Bolt
internal import Metering
internal import MeteringNeo4j

extension Neo4jLocation {
    /// How long a command waits for a connection.
    static let patience = Duration.seconds(10)

    /// Connects, lends the store, and closes it and its driver whatever happens.
    func withStore<Value: Sendable>(
        context: CommandContext, preparesSchema: Bool, _ body: (any UsageStore) async throws -> Value
    ) async throws -> Value {
        let driver = try self.driver(patience: Self.patience)
        defer { driver.close() }
        do { try await driver.verifyConnectivity(database: database) } catch { throw CommandError(error, at: self) }
        let store = Neo4jUsageStore(driver: driver, database: database)
        return try await context.closing(store) {
            if preparesSchema { try await store.prepareSchema() }
            return try await body(store)
        }
    }
}
