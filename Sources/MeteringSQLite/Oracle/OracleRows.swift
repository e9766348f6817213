internal import Foundation
internal import GRDB
internal import Metering

extension CommitmentRecord {
    /// Reads the commitments that the end of a query names.
    static func fetch(
        _ database: Database, _ query: String, _ arguments: StatementArguments = StatementArguments()
    ) throws -> [CommitmentRecord] {
        let select = try database.cachedStatement(
            sql: "SELECT epoch, hash, previous, position, document FROM commitment \(query)")
        return try Row.fetchAll(select, arguments: arguments).map { row in
            CommitmentRecord(
                epoch: Epoch(row[0]), hash: try row.digest(1), previous: try row.digest(2), position: row[3],
                document: row.bytes(4))
        }
    }

    func insert(_ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO commitment VALUES (?, ?, ?, ?, ?)",
            arguments: [epoch.rawValue, hash.data, previous.data, position, document.data])
    }
}

extension EntryRecord {
    /// Reads the entries that the end of a query names.
    static func fetch(
        _ database: Database, _ query: String, _ arguments: StatementArguments
    ) throws -> [EntryRecord] {
        let select = try database.cachedStatement(
            sql: """
                SELECT entry.customer, entry.epoch, entry.hash, entry.previous, entry.firstSequence,
                    entry.lastSequence, entry.document, entry.dueWhole, entry.duePart,
                    entry.months
                FROM entry \(query)
                """)
        return try Row.fetchAll(select, arguments: arguments).map { row in
            let (customer, epoch): (String, Int64) = (row[0], row[1])
            return EntryRecord(
                customer: CustomerID(rawValue: customer), epoch: Epoch(epoch), hash: try row.digest(2),
                previous: try row.digest(3), firstSequence: row[4], lastSequence: row[5],
                due: PicoUSD(whole: row[7], part: row[8]),
                months: (row[9] as String).split(separator: " ").compactMap { Int32($0).map(Month.init(sinceEpoch:)) },
                document: row.bytes(6))
        }
    }

    /// Reads the entries of an epoch, in the order of the tree.
    static func fetch(_ database: Database, of epoch: Epoch) throws -> [EntryRecord] {
        try fetch(database, "WHERE epoch = ? ORDER BY place", [epoch.rawValue])
    }

    func insert(_ database: Database, at place: Int) throws {
        let insert = try database.cachedStatement(sql: "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        let due = due.wholeAndPart
        try insert.execute(arguments: [
            customer.rawValue, epoch.rawValue, place, hash.data, previous.data, firstSequence, lastSequence,
            due.whole, due.part, months.map { String($0.sinceEpoch) }.joined(separator: " "), document.data,
        ])
        for month in months {
            let upsert = try database.cachedStatement(
                sql: """
                    INSERT INTO lastMonth VALUES (?1, ?2, ?3)
                    ON CONFLICT (customer, month) DO UPDATE SET epoch = excluded.epoch
                    """)
            try upsert.execute(arguments: [customer.rawValue, month.sinceEpoch, epoch.rawValue])
        }
    }
}

extension OutboxBatch {
    /// Reads the batches that the end of a query names.
    static func fetch(
        _ database: Database, _ query: String, _ arguments: StatementArguments = StatementArguments()
    ) throws -> [OutboxBatch] {
        let select = try database.cachedStatement(
            sql: "SELECT epoch, place, document, name, outcomes FROM batch \(query)")
        return try Row.fetchAll(select, arguments: arguments).map { row in
            let name: String? = row[3]
            let outcomes: Data? = row[4]
            let state: State =
                if let outcomes { .confirmed(try self.outcomes(Array(outcomes))) } else {
                    name.map { .submitted($0) } ?? .pending
                }
            return OutboxBatch(
                id: OutboxBatchID(epoch: Epoch(row[0]), index: row[1]),
                batch: try SettlementBatch(CanonicalJSON(parsing: row.bytes(2))), state: state)
        }
    }

    private static func outcomes(_ document: [UInt8]) throws(MeteringError) -> [SettlementOutcome] {
        guard case .array(let elements) = try CanonicalJSON(parsing: document) else {
            throw MeteringError(.storeCorrupt, "the outcomes of a batch cannot be read; restore the oracle's file")
        }
        var outcomes: [SettlementOutcome] = []
        for element in elements { outcomes.append(try SettlementOutcome(element)) }
        return outcomes
    }
}

extension Row {
    func bytes(_ column: Int) -> [UInt8] { Array(self[column] as Data) }

    func digest(_ column: Int) throws(MeteringError) -> Digest32 {
        guard let digest = Digest32(bytes: self[column] as Data) else {
            throw MeteringError(.storeCorrupt, "a digest in the oracle's file has not 32 bytes; restore the file")
        }
        return digest
    }
}

extension [UInt8] {
    var data: Data { Data(self) }
}
