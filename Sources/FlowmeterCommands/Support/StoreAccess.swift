internal import FoundationEssentials
internal import Metering
internal import MeteringSQLite

/// Opens the database for the length of a command: that of Neo4j when `NEO4J_URI` is set, else that of SQLite.
enum StoreAccess {
    /// What a command does with the database.
    enum Mode: Sendable {
        /// It reads: a database that does not exist is an error that says how to make one.
        case read
        /// It reads: a database that does not exist counts as empty.
        case readIfPresent
        /// It writes: the database is created when it does not exist.
        case write
    }

    /// Opens the database that the settings name, hands it to `body`, and closes it whatever happens.
    static func withStore<Value: Sendable>(
        settings: Settings, context: CommandContext, mode: Mode,
        _ body: (any UsageStore) async throws -> Value
    ) async throws -> Value {
        if let location = try Neo4jLocation(settings: settings) {
            return try await location.withStore(context: context, preparesSchema: mode == .write, body)
        }
        let store = try open(try DataLocation(settings: settings, context: context).database, mode: mode)
        return try await context.closing(store) { try await body(store) }
    }

    private static func open(_ path: String, mode: Mode) throws(CommandError) -> any UsageStore {
        if mode != .write, !FileManager.default.fileExists(atPath: path) {
            if mode == .readIfPresent { return MemoryUsageStore() }
            throw CommandError(
                "there is no database at \(path) yet",
                fix:
                    "name another with --database, or make one with 'flowmeter serve' or 'flowmeter import claude-code'"
            )
        }
        do { return try SQLiteUsageStore(path: path, mode: mode == .write ? .readWrite : .readOnly) } catch {
            throw CommandError(error)
        }
    }
}
