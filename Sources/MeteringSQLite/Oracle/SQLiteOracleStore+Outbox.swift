internal import GRDB
public import Metering

extension SQLiteOracleStore {
    /// See `Outbox`.
    public func plan(_ batches: [SettlementBatch], for epoch: Epoch) async throws(MeteringError) {
        try await write { database in
            try database.execute(
                sql: "INSERT INTO plan SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM plan WHERE epoch = ?1)",
                arguments: [epoch.rawValue])
            guard database.changesCount == 1 else { return }
            for (place, batch) in batches.enumerated() {
                try database.execute(
                    sql: "INSERT INTO batch (epoch, place, document) VALUES (?, ?, ?)",
                    arguments: [epoch.rawValue, place, batch.json.bytes.data])
            }
        }
    }

    /// See `Outbox`.
    public func isPlanned(_ epoch: Epoch) async throws(MeteringError) -> Bool {
        try await read { database in
            try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM plan WHERE epoch = ?)", arguments: [epoch.rawValue])
                ?? false
        }
    }

    /// See `Outbox`.
    public func firstOpenBatch() async throws(MeteringError) -> OutboxBatch? {
        try await read { try OutboxBatch.fetch($0, "WHERE outcomes IS NULL ORDER BY epoch, place LIMIT 1").first }
    }

    /// See `Outbox`.
    public func openBatchCount() async throws(MeteringError) -> Int {
        try await read { try Int.fetchOne($0, sql: "SELECT count(*) FROM batch WHERE outcomes IS NULL") ?? 0 }
    }

    /// See `Outbox`.
    public func set(_ state: OutboxBatch.State, of id: OutboxBatchID) async throws(MeteringError) {
        let (name, outcomes): (String?, [UInt8]?) =
            switch state {
            case .pending: (nil, nil)
            case .submitted(let name): (name, nil)
            case .confirmed(let outcomes): (nil, CanonicalJSON.array(outcomes.map(\.json)).bytes)
            }
        try await write { database in
            try database.execute(
                sql: "UPDATE batch SET name = ?, outcomes = ? WHERE epoch = ? AND place = ? AND outcomes IS NULL",
                arguments: [name, outcomes?.data, id.epoch.rawValue, id.index])
            guard database.changesCount == 0 else { return }
            let exists = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM batch WHERE epoch = ? AND place = ?)",
                arguments: [id.epoch.rawValue, id.index])
            guard exists == true else { throw MeteringError.noBatch(id) }
        }
    }

    /// See `Outbox`.
    public func batches(of epoch: Epoch) async throws(MeteringError) -> [OutboxBatch] {
        try await read { try OutboxBatch.fetch($0, "WHERE epoch = ? ORDER BY place", [epoch.rawValue]) }
    }

    /// See `Outbox`.
    public func store(_ report: ReconciliationReport) async throws(MeteringError) {
        try await write { database in
            try database.execute(
                sql: "INSERT INTO report SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM report WHERE epoch = ?1)",
                arguments: [report.epoch.rawValue, report.json.bytes.data])
        }
    }

    /// See `Outbox`.
    public func report(of epoch: Epoch) async throws(MeteringError) -> ReconciliationReport? {
        try await read { database in
            try Row.fetchOne(
                database, sql: "SELECT document FROM report WHERE epoch = ?", arguments: [epoch.rawValue]
            ).map { try ReconciliationReport(CanonicalJSON(parsing: $0.bytes(0))) }
        }
    }

    // MARK: Lease

    /// See `LeaderLease`.
    public func hold(by holder: String, at now: Timestamp, for duration: Int64) async throws(MeteringError) -> Bool {
        try await write { database in
            try database.execute(
                sql: """
                    INSERT INTO lease VALUES (1, ?1, ?2, ?3)
                    ON CONFLICT (id) DO UPDATE SET holder = ?1, held = ?2, until = ?3
                    WHERE holder = ?1 OR until <= ?2 OR until > ?3
                    """, arguments: [holder, now.milliseconds, now.milliseconds + duration])
            return database.changesCount == 1
        }
    }

    /// See `LeaderLease`.
    public func release(by holder: String) async throws(MeteringError) {
        try await write { database in
            try database.execute(sql: "UPDATE lease SET until = 0 WHERE holder = ?", arguments: [holder])
        }
    }

    /// See `LeaderLease`.
    public func lease() async throws(MeteringError) -> Lease? {
        try await read { database in
            try Row.fetchOne(database, sql: "SELECT holder, held, until FROM lease").map { row in
                Lease(
                    holder: row[0], held: Timestamp(milliseconds: row[1]), until: Timestamp(milliseconds: row[2]))
            }
        }
    }
}
