import GRDB
import Metering
import MeteringConformance
import Testing

@testable import MeteringSQLite

@Suite("The oracle's SQLite store")
struct SQLiteOracleStoreTests {
    @Test("conforms", arguments: OracleStoreConformance.checks)
    func conforms(_ check: OracleStoreConformance.Check) async throws {
        try await check.run(
            OracleStoreHarness(isPersistent: true) {
                let directory = try TemporaryDirectory()
                return { try SQLiteOracleStore(path: directory.path + "/oracle.sqlite") }
            })
    }

    /// A store with two epochs, a plan and an attestation.
    private static func withStore(_ body: (SQLiteOracleStore, DatabaseQueue) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteOracleStore(path: directory.path + "/oracle.sqlite")
        var previous = Digest32.zero
        for epoch in [5, 6] as [Int64] {
            let hash = Digest32(words: (UInt64(epoch), 0, 0, 1))
            let entry = EntryRecord(
                customer: CustomerID(rawValue: "a"), epoch: Epoch(epoch),
                hash: Digest32(words: (UInt64(epoch), 0, 0, 2)),
                previous: epoch == 5 ? .zero : Digest32(words: (5, 0, 0, 2)), firstSequence: epoch - 4,
                lastSequence: epoch - 4, due: PicoUSD(1), months: [],
                document: [UInt8("{}".utf8.first ?? 0)])
            try await store.store(
                CommitmentRecord(epoch: Epoch(epoch), hash: hash, previous: previous, position: 1, document: [1]),
                entries: [entry])
            previous = hash
        }
        try await store.store(
            AttestationRecord(
                epoch: Epoch(5), commitment: Digest32(words: (5, 0, 0, 1)), method: "publisher", document: [1]))
        let item = SettlementItem(
            subscription: SubscriptionID(rawValue: "s"), cumulativeCharge: PicoUSD(1), customerRoot: .zero,
            priceBook: .zero)
        try await store.plan([SettlementBatch(epoch: Epoch(5), items: [item])], for: Epoch(5))
        try await store.set(.confirmed([.repeated]), of: OutboxBatchID(epoch: Epoch(5), index: 0))
        try await store.store(
            ReconciliationReport(epoch: Epoch(5), items: 1, moved: .zero, unsettled: .zero, findings: []))
        try await body(store, try DatabaseQueue(path: store.path))
        try await store.close()
    }

    @Test(
        "the schema itself refuses to change what was committed",
        arguments: [
            "UPDATE commitment SET document = x'00' WHERE epoch = 5", "UPDATE commitment SET position = 7",
            "DELETE FROM commitment WHERE epoch = 6", "UPDATE entry SET document = x'00'", "DELETE FROM entry",
            "UPDATE attestation SET method = 'other'", "DELETE FROM attestation", "DELETE FROM plan",
            "UPDATE batch SET document = x'00'", "UPDATE batch SET outcomes = NULL", "DELETE FROM batch",
            "UPDATE report SET document = x'00'", "DELETE FROM report",
            // An epoch before the latest one, and one that does not name it.
            "INSERT INTO commitment VALUES (4, randomblob(32), (SELECT hash FROM commitment WHERE epoch = 6), 1, x'00')",
            "INSERT INTO commitment VALUES (7, randomblob(32), (SELECT hash FROM commitment WHERE epoch = 5), 1, x'00')",
            "INSERT INTO commitment VALUES (7, randomblob(32), randomblob(32), 1, x'00')",
            // A second entry of the epoch, and one that leaves a receipt out.
            "INSERT INTO entry VALUES ('a', 6, 1, randomblob(32), (SELECT hash FROM entry WHERE epoch = 6), 3, 3, 0, 0, '', x'00')",
            "INSERT INTO entry VALUES ('b', 6, 1, randomblob(32), zeroblob(32), 2, 2, 0, 0, '', x'00')",
            "INSERT INTO entry VALUES ('b', 6, 1, randomblob(32), randomblob(32), 1, 1, 0, 0, '', x'00')",
            // Another one in the place of what is there: REPLACE asks no trigger for deletions.
            "INSERT OR REPLACE INTO commitment SELECT epoch, randomblob(32), previous, position, document FROM commitment",
            "UPDATE OR REPLACE commitment SET epoch = 6 WHERE epoch = 5",
            "INSERT OR REPLACE INTO entry SELECT customer, epoch, place, randomblob(32), previous, firstSequence, "
                + "lastSequence, 9, duePart, months, document FROM entry WHERE epoch = 5",
            "INSERT OR REPLACE INTO attestation SELECT epoch, commitment, 'other', document FROM attestation",
            "INSERT OR REPLACE INTO plan VALUES (5)",
            "INSERT OR REPLACE INTO batch SELECT epoch, place, document, NULL, NULL FROM batch",
            "INSERT OR REPLACE INTO report VALUES (5, x'00')",
            // An entry more in an epoch that is signed.
            "INSERT INTO entry VALUES ('b', 5, 1, randomblob(32), zeroblob(32), 1, 1, 0, 0, '', x'00')",
            // An entry of an epoch that was never committed.
            "INSERT INTO entry VALUES ('b', 9, 1, randomblob(32), zeroblob(32), 1, 1, 0, 0, '', x'00')",
        ])
    func immutable(sql: String) async throws {
        try await Self.withStore { _, database in
            let error = await #expect(throws: DatabaseError.self) {
                try await database.write { try $0.execute(sql: sql) }
            }
            // Refused by a constraint or a trigger, not because it is not valid SQL.
            #expect(error?.resultCode == .SQLITE_CONSTRAINT, "\(error?.message ?? "")")
        }
    }

    @Test("the schema takes what follows")
    func follows() async throws {
        try await Self.withStore { _, database in
            try await database.write { database in
                try database.execute(
                    sql: "INSERT INTO commitment VALUES (7, randomblob(32), (SELECT hash FROM commitment "
                        + "WHERE epoch = 6), 1, x'00')")
                try database.execute(
                    sql: "INSERT INTO entry VALUES ('a', 7, 0, randomblob(32), (SELECT hash FROM entry "
                        + "WHERE epoch = 6), 3, 3, 0, 0, '', x'00')")
                try database.execute(
                    sql: "INSERT INTO entry VALUES ('b', 7, 1, randomblob(32), zeroblob(32), 1, 1, 0, 0, '', x'00')")
            }
        }
    }

    @Test("two processes' worth of stores see each other's work")
    func twoStores() async throws {
        try await Self.withStore { store, _ in
            let other = try SQLiteOracleStore(path: store.path)
            #expect(try await other.latestCommitment()?.epoch == Epoch(6))
            #expect(try await other.hold(by: "other", at: Timestamp(milliseconds: 1), for: 10))
            #expect(try await !store.hold(by: "this", at: Timestamp(milliseconds: 2), for: 10))
            try await other.close()
        }
    }

    @Test("other programs' files are refused, and missing ones when they are only read")
    func otherFiles() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/other.sqlite"
        #expect { try SQLiteOracleStore(path: path, mode: .readOnly) } throws: {
            ($0 as? MeteringError)?.code == .notFound
        }
        let other = try DatabaseQueue(path: path)
        try await other.write { try $0.execute(sql: "CREATE TABLE other (id INTEGER)") }
        #expect { try SQLiteOracleStore(path: path) } throws: { ($0 as? MeteringError)?.code == .storeCorrupt }
        let usage = try SQLiteUsageStore(path: directory.store)
        try await usage.close()
        #expect { try SQLiteOracleStore(path: directory.store) } throws: {
            ($0 as? MeteringError)?.code == .storeCorrupt
        }
    }
}
