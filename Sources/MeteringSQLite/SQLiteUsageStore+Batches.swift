internal import GRDB
public import Metering

extension SQLiteUsageStore {
    /// See `UsageStore`.
    public func recordBatch(_ batch: BatchRecord) async throws(MeteringError) {
        try await write { database in
            try database.execute(
                sql: """
                    INSERT INTO messageBatch (id, customer, key, session, created, metered) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    batch.id, batch.customer.rawValue, batch.key.rawValue, batch.session.rawValue,
                    batch.created.milliseconds, batch.metered?.milliseconds,
                ])
        }
    }

    /// See `UsageStore`.
    public func batch(id: String) async throws(MeteringError) -> BatchRecord? {
        try await read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM messageBatch WHERE id = ?", arguments: [id])
                .map(BatchRecord.init(stored:))
        }
    }

    /// See `UsageStore`.
    public func openBatches(limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try await read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM messageBatch WHERE metered IS NULL ORDER BY created, id LIMIT ?",
                arguments: [max(0, limit)]
            ).map(BatchRecord.init(stored:))
        }
    }

    /// See `UsageStore`.
    public func batches(of customer: CustomerID, limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM messageBatch WHERE customer = ? ORDER BY created DESC, id DESC LIMIT ?",
                arguments: [customer.rawValue, max(0, limit)]
            ).map(BatchRecord.init(stored:))
        }
    }

    /// See `UsageStore`.
    public func closeBatch(id: String, at time: Timestamp) async throws(MeteringError) {
        try await write { database in
            try database.execute(
                sql: "UPDATE messageBatch SET metered = coalesce(metered, ?) WHERE id = ?",
                arguments: [time.milliseconds, id])
            guard database.changesCount == 1 else {
                throw MeteringError(.notFound, "there is no message batch \"\(id)\"")
            }
        }
    }

    /// See `UsageStore`.
    public func importCursor(path: String) async throws(MeteringError) -> ImportCursor? {
        try await read { database in
            let row = try Row.fetchOne(database, sql: "SELECT * FROM importCursor WHERE path = ?", arguments: [path])
            return row.map { row in
                ImportCursor(
                    path: path, inode: UInt64(bitPattern: row["inode"] as Int64), offset: row["offset"],
                    line: row["line"])
            }
        }
    }

    /// See `UsageStore`.
    public func saveImportCursors(_ cursors: [ImportCursor]) async throws(MeteringError) {
        try await write { database in
            let insert = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO importCursor (path, inode, offset, line) VALUES (?, ?, ?, ?)")
            for cursor in cursors {
                try insert.execute(
                    arguments: [cursor.path, Int64(bitPattern: cursor.inode), cursor.offset, cursor.line])
            }
        }
    }
}
