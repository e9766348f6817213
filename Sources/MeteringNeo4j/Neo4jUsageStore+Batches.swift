internal import Bolt
public import Metering

extension Neo4jUsageStore {
    /// See `UsageStore`.
    public func recordBatch(_ batch: BatchRecord) async throws(MeteringError) {
        try await opened().write { transaction, _ in
            try await transaction.run(
                """
                MERGE (b:Batch {id: \(batch.id)})
                ON CREATE SET b.customer = \(batch.customer.rawValue), b.apiKey = \(batch.key.rawValue),
                    b.session = \(batch.session.rawValue), b.created = \(batch.created.milliseconds),
                    b.metered = \(Nullable(batch.metered?.milliseconds)), b.open = \(batch.metered == nil)
                """
            ).consume()
        }
    }

    /// See `UsageStore`.
    public func batch(id: String) async throws(MeteringError) -> BatchRecord? {
        try await batches("MATCH (b:Batch {id: \(id)}) RETURN \(unsafe: Self.batchColumns)").first
    }

    /// See `UsageStore`.
    public func openBatches(limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try await batches(
            """
            MATCH (b:Batch {open: true}) RETURN \(unsafe: Self.batchColumns)
            ORDER BY b.created, b.id LIMIT \(max(0, limit))
            """)
    }

    /// See `UsageStore`.
    public func batches(of customer: CustomerID, limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try await batches(
            """
            MATCH (b:Batch {customer: \(customer.rawValue)}) RETURN \(unsafe: Self.batchColumns)
            ORDER BY b.created DESC, b.id DESC LIMIT \(max(0, limit))
            """)
    }

    /// See `UsageStore`.
    public func closeBatch(id: String, at time: Timestamp) async throws(MeteringError) {
        try await opened().write { transaction, _ in
            let found = try await transaction.execute(
                """
                MATCH (b:Batch {id: \(id)})
                SET b.metered = coalesce(b.metered, \(time.milliseconds)), b.open = false
                RETURN b.id
                """)
            guard !found.records.isEmpty else {
                throw MeteringError(.notFound, "there is no message batch \"\(id)\"")
            }
        }
    }

    private static let batchColumns = "b.id, b.customer, b.apiKey, b.session, b.created, b.metered"

    private func batches(_ query: BoltQuery) async throws(MeteringError) -> [BatchRecord] {
        try await opened().read(query) { fields in
            BatchRecord(
                id: try fields.next(), customer: CustomerID(rawValue: try fields.next()),
                key: APIKeyID(rawValue: try fields.next()), session: SessionID(rawValue: try fields.next()),
                created: try fields.nextTime(),
                metered: try fields.next(Int64?.self).map(Timestamp.init(milliseconds:)))
        }
    }

    /// See `UsageStore`.
    public func importCursor(path: String) async throws(MeteringError) -> ImportCursor? {
        try await opened().read(
            "MATCH (c:ImportCursor {path: \(path)}) RETURN c.inode, c.offset, c.line"
        ) { fields in
            ImportCursor(
                path: path, inode: UInt64(bitPattern: try fields.next()), offset: try fields.next(),
                line: try fields.next())
        }.first
    }

    /// See `UsageStore`.
    public func saveImportCursors(_ cursors: [ImportCursor]) async throws(MeteringError) {
        let graph = try opened()
        if cursors.isEmpty { return }
        try await graph.write { transaction, _ in
            try await transaction.run(
                """
                UNWIND \(cursors.map(CursorRow.init)) AS r
                MERGE (c:ImportCursor {path: r[0]})
                SET c.inode = r[1], c.offset = r[2], c.line = r[3]
                """
            ).consume()
        }
    }
}

/// How far a file was imported: `[path, inode, offset, line]`.
private struct CursorRow: BoltEncodable {
    var cursor: ImportCursor

    func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        try writer.writeListHeader(count: 4)
        try writer.write(cursor.path)
        writer.write(Int64(bitPattern: cursor.inode))
        writer.write(cursor.offset)
        writer.write(cursor.line)
    }
}
