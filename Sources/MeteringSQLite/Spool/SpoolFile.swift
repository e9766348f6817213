internal import Metering

/// The spool's table and the statements on it.
final class SpoolFile {
    /// "fmsp": marks the file as a spool.
    static let applicationID: Int64 = 0x666d_7370

    private let connection: StoreConnection
    private let begin: StoreStatement
    private let commit: StoreStatement
    private let insert: StoreStatement
    private let select: StoreStatement
    private let delete: StoreStatement
    private let size: StoreStatement
    private let insertNote: StoreStatement
    private let selectNotes: StoreStatement
    private let deleteNotes: StoreStatement

    init(path: String, options: SQLiteEventSpool.Options) throws(SQLiteFailure) {
        connection = try StoreConnection(path: path, busyTimeout: options.busyTimeoutMilliseconds)
        let id = try connection.prepare("PRAGMA application_id").firstInteger()
        let tables = try connection.prepare("SELECT count(*) FROM sqlite_master").firstInteger()
        guard id == Self.applicationID || (id == 0 && tables == 0) else {
            throw SQLiteFailure(code: 26, message: "the file is something else than a spool")
        }
        try connection.execute(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = \(options.durability == .full ? "FULL" : "NORMAL");
            PRAGMA cache_size = -8192;
            PRAGMA mmap_size = 0;
            PRAGMA wal_autocheckpoint = 4000;
            PRAGMA journal_size_limit = 67108864;
            BEGIN IMMEDIATE;
            PRAGMA application_id = \(Self.applicationID);
            CREATE TABLE IF NOT EXISTS waiting (
                position INTEGER PRIMARY KEY AUTOINCREMENT,
                event BLOB NOT NULL
            ) STRICT;
            CREATE TABLE IF NOT EXISTS note (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                content BLOB NOT NULL
            ) STRICT;
            COMMIT;
            """)
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        insert = try connection.prepare("INSERT INTO waiting (event) VALUES (?1)")
        select = try connection.prepare(
            "SELECT position, event FROM waiting WHERE position > ?1 ORDER BY position LIMIT ?2")
        delete = try connection.prepare("DELETE FROM waiting WHERE position <= ?1")
        size = try connection.prepare(
            "SELECT count(*), coalesce(sum(length(event)), 0) FROM waiting WHERE position <= ?1")
        insertNote = try connection.prepare("INSERT INTO note (content) VALUES (?1)")
        selectNotes = try connection.prepare("SELECT content FROM note ORDER BY id")
        deleteNotes = try connection.prepare("DELETE FROM note")
    }

    /// What is to be written in one transaction.
    struct Work: Sendable {
        /// Rows to be added.
        var rows: [[UInt8]] = []
        /// The position up to which rows are deleted.
        var removal: Int64?
        /// Notes to be added.
        var notes: [[UInt8]] = []
        /// Whether the notes before them are deleted.
        var replacesNotes = false
    }

    /// By how much a write changed what waits.
    struct Change: Sendable {
        var events: Int64
        var bytes: Int64
    }

    /// Does the work in one transaction that is durable when this returns.
    func write(_ work: Work) throws(SQLiteFailure) -> Change {
        try transaction { () throws(SQLiteFailure) in
            var change = Change(
                events: Int64(work.rows.count), bytes: work.rows.reduce(0) { $0 + Int64($1.count) })
            // Before the new rows: a position beyond the end must not take them along.
            if let position = work.removal {
                let removed = try size(through: position)
                try delete(through: position)
                change.events -= removed.events
                change.bytes -= removed.bytes
            }
            for row in work.rows { try run(insert, row) }
            if work.replacesNotes { try deleteNotes.run() }
            for note in work.notes { try run(insertNote, note) }
            return change
        }
    }

    private func run(_ statement: StoreStatement, _ blob: [UInt8]) throws(SQLiteFailure) {
        try blob.withUnsafeBytesTyped { bytes throws(SQLiteFailure) in
            statement.bindBlob(inPlace: bytes, at: 1)
            try statement.run()
        }
    }

    func notes() throws(SQLiteFailure) -> [[UInt8]] {
        defer { selectNotes.reset() }
        var notes: [[UInt8]] = []
        while try selectNotes.step() { notes.append(selectNotes.withBlob(at: 0) { Array($0) }) }
        return notes
    }

    func oldest(after position: Int64, limit: Int) throws(SQLiteFailure) -> [SpoolRow] {
        select.bind(position, at: 1)
        select.bind(Int64(limit), at: 2)
        defer { select.reset() }
        var rows: [SpoolRow] = []
        while try select.step() {
            rows.append(SpoolRow(position: select.integer(at: 0), bytes: select.withBlob(at: 1) { Array($0) }))
        }
        return rows
    }

    private func delete(through position: Int64) throws(SQLiteFailure) {
        delete.bind(position, at: 1)
        try delete.run()
    }

    /// Count and bytes of the rows up to a position.
    func size(through position: Int64) throws(SQLiteFailure) -> (events: Int64, bytes: Int64) {
        size.bind(position, at: 1)
        defer { size.reset() }
        guard try size.step() else { return (0, 0) }
        return (size.integer(at: 0), size.integer(at: 1))
    }

    private func transaction<Value>(_ body: () throws(SQLiteFailure) -> Value) throws(SQLiteFailure) -> Value {
        // A rollback can fail as well, on a failing disk; then it is due now.
        if connection.isInTransaction { try connection.execute("ROLLBACK") }
        try begin.run()
        do throws(SQLiteFailure) {
            let value = try body()
            try commit.run()
            return value
        } catch {
            if connection.isInTransaction {
                do throws(SQLiteFailure) { try connection.execute("ROLLBACK") } catch {
                    // lint: dropped. Tried again before the next transaction; this one's error is the one to report.
                }
            }
            throw error
        }
    }
}

extension [UInt8] {
    /// `withUnsafeBytes`, with the type of the error kept.
    fileprivate func withUnsafeBytesTyped(
        _ body: (UnsafeRawBufferPointer) throws(SQLiteFailure) -> Void
    ) throws(SQLiteFailure) {
        let failure: SQLiteFailure? = withUnsafeBytes { bytes in
            do throws(SQLiteFailure) { try body(bytes) } catch { return error }
            return nil
        }
        if let failure { throw failure }
    }
}
