internal import GRDB
public import Metering

extension SQLiteOracleStore {
    /// See `EpochStore`.
    public func store(_ commitment: CommitmentRecord, entries: [EntryRecord]) async throws(MeteringError) {
        try await write { database in
            if let kept = try CommitmentRecord.fetch(database, "WHERE epoch = ?", [commitment.epoch.rawValue]).first {
                guard kept == commitment, try EntryRecord.fetch(database, of: commitment.epoch) == entries else {
                    throw MeteringError.otherCommitment(of: commitment.epoch)
                }
                return
            }
            let latest = try CommitmentRecord.fetch(database, "ORDER BY epoch DESC LIMIT 1").first
            guard latest.map({ $0.epoch < commitment.epoch }) ?? true, commitment.previous == latest?.hash ?? .zero
            else { throw MeteringError.notFollowing(commitment.epoch) }
            try commitment.insert(database)
            for (place, entry) in entries.enumerated() {
                guard entry.epoch == commitment.epoch else { throw MeteringError.notFollowing(entry) }
                do { try entry.insert(database, at: place) } catch let error as DatabaseError
                    where error.resultCode == .SQLITE_CONSTRAINT
                {
                    throw MeteringError.notFollowing(entry)
                }
            }
        }
    }

    /// See `EpochStore`.
    public func latestCommitment() async throws(MeteringError) -> CommitmentRecord? {
        try await read { try CommitmentRecord.fetch($0, "ORDER BY epoch DESC LIMIT 1").first }
    }

    /// See `EpochStore`.
    public func commitment(of epoch: Epoch) async throws(MeteringError) -> CommitmentRecord? {
        try await read { try CommitmentRecord.fetch($0, "WHERE epoch = ?", [epoch.rawValue]).first }
    }

    /// See `EpochStore`.
    public func commitments(before epoch: Epoch?, limit: Int) async throws(MeteringError) -> [CommitmentRecord] {
        try await read { database in
            try CommitmentRecord.fetch(
                database, "WHERE ?1 IS NULL OR epoch < ?1 ORDER BY epoch DESC LIMIT ?2",
                [epoch?.rawValue, max(0, limit)])
        }
    }

    /// See `EpochStore`.
    public func entries(of epoch: Epoch) async throws(MeteringError) -> [EntryRecord] {
        try await read { try EntryRecord.fetch($0, of: epoch) }
    }

    /// See `EpochStore`.
    public func leaves(of epoch: Epoch) async throws(MeteringError) -> [EntryLeaf] {
        try await read { database in
            try StoreConnection(readingFrom: database).leaves(of: epoch)
        }
    }

    /// See `EpochStore`.
    public func lastEntry(of customer: CustomerID, with month: Month) async throws(MeteringError) -> EntryRecord? {
        try await read { database in
            try EntryRecord.fetch(
                database, "JOIN lastMonth USING (customer, epoch) WHERE customer = ? AND month = ?",
                [customer.rawValue, month.sinceEpoch]
            ).first
        }
    }

    /// See `EpochStore`.
    public func lastEntries(of customers: [CustomerID]) async throws(MeteringError) -> [EntryRecord] {
        try await read { database in
            try customers.compactMap { customer in
                try EntryRecord.fetch(
                    database, "JOIN lastEntry USING (customer, epoch) WHERE customer = ?", [customer.rawValue]
                ).first
            }
        }
    }

    /// See `EpochStore`.
    public func lastEntries(after customer: CustomerID?, limit: Int) async throws(MeteringError) -> [EntryRecord] {
        try await read { database in
            try EntryRecord.fetch(
                database,
                "JOIN lastEntry USING (customer, epoch) WHERE lastEntry.customer > ? "
                    + "ORDER BY lastEntry.customer LIMIT ?", [customer?.rawValue ?? "", max(0, limit)])
        }
    }

    /// See `EpochStore`.
    public func entry(of customer: CustomerID, notAfter epoch: Epoch) async throws(MeteringError) -> EntryRecord? {
        try await read { database in
            try EntryRecord.fetch(
                database, "WHERE customer = ? AND epoch <= ? ORDER BY epoch DESC LIMIT 1",
                [customer.rawValue, epoch.rawValue]
            ).first
        }
    }

    /// See `EpochStore`.
    public func entry(of customer: CustomerID, holding sequence: Int64) async throws(MeteringError) -> EntryRecord? {
        // A customer's entries have no gaps, and receipts of a later entry have higher numbers. So of the entries that
        // begin at or before the receipt, the last one holds it, or none does.
        try await read { database in
            try EntryRecord.fetch(
                database, "WHERE customer = ?1 AND firstSequence <= ?2 ORDER BY epoch DESC LIMIT 1",
                [customer.rawValue, sequence]
            ).first { $0.lastSequence >= sequence }
        }
    }

    /// See `EpochStore`.
    public func store(_ attestation: AttestationRecord) async throws(MeteringError) {
        try await write { database in
            let kept = try CommitmentRecord.fetch(database, "WHERE epoch = ?", [attestation.epoch.rawValue]).first
            guard kept?.hash == attestation.commitment else {
                throw MeteringError.otherCommitment(of: attestation.epoch)
            }
            try database.execute(
                sql: "INSERT INTO attestation SELECT ?1, ?2, ?3, ?4 "
                    + "WHERE NOT EXISTS (SELECT 1 FROM attestation WHERE epoch = ?1)",
                arguments: [
                    attestation.epoch.rawValue, attestation.commitment.data, attestation.method,
                    attestation.document.data,
                ])
        }
    }

    /// See `EpochStore`.
    public func attestation(of epoch: Epoch) async throws(MeteringError) -> AttestationRecord? {
        try await read { database in
            try Row.fetchOne(
                database, sql: "SELECT commitment, method, document FROM attestation WHERE epoch = ?",
                arguments: [epoch.rawValue]
            ).map { row in
                AttestationRecord(
                    epoch: epoch, commitment: try row.digest(0), method: row[1], document: row.bytes(2))
            }
        }
    }

    /// See `EpochStore`.
    public func oldestUnattested() async throws(MeteringError) -> CommitmentRecord? {
        try await read { database in
            // Attested in order, so what is not attested is after the last that is.
            try CommitmentRecord.fetch(
                database, "WHERE epoch > coalesce((SELECT max(epoch) FROM attestation), ?) ORDER BY epoch LIMIT 1",
                [Int64.min]
            ).first
        }
    }
}

extension StoreConnection {
    /// The leaves of an epoch, in the order of the tree: an epoch can have very many, and a proof needs them all.
    fileprivate func leaves(of epoch: Epoch) throws(SQLiteFailure) -> [EntryLeaf] {
        let select = try prepare("SELECT customer, hash, dueWhole, duePart FROM entry WHERE epoch = ?1 ORDER BY place")
        select.bind(epoch.rawValue, at: 1)
        var leaves: [EntryLeaf] = []
        while try select.step() {
            guard let hash = select.digest(at: 1) else {
                throw SQLiteFailure(code: 11, message: "a digest in the oracle's file has not 32 bytes")
            }
            leaves.append(
                EntryLeaf(
                    customer: CustomerID(rawValue: select.text(at: 0)), hash: hash,
                    due: PicoUSD(whole: select.integer(at: 2), part: select.integer(at: 3))))
        }
        return leaves
    }
}
