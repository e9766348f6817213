internal import GRDB

/// The tables of an oracle's file, and the changes to them in the order they were made.
///
/// A registered migration is never edited. What was committed never changes: triggers refuse it, and they refuse a
/// commitment that does not follow the latest one, whatever program writes it.
enum OracleSchema {
    /// Marks the file as an oracle's (`PRAGMA application_id`): "FLOR".
    static let applicationID: Int32 = 0x464c_4f52

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: epochs with what is due, outbox, lease", foreignKeyChecks: .immediate) {
            database in
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            for sql in epochs + outbox + immutable { try database.execute(sql: sql) }
        }
        migrator.registerMigration("2: nothing takes the place of what was committed", foreignKeyChecks: .immediate) {
            database in
            for sql in irreplaceable { try database.execute(sql: sql) }
        }
        return migrator
    }

    private static let epochs = [
        """
        CREATE TABLE commitment (
            epoch INTEGER PRIMARY KEY,
            hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
            previous BLOB NOT NULL UNIQUE CHECK (length(previous) = 32),
            position INTEGER NOT NULL CHECK (position >= 0),
            document BLOB NOT NULL
        ) STRICT
        """,
        """
        CREATE TRIGGER commitmentFollows BEFORE INSERT ON commitment
        WHEN NEW.epoch <= (SELECT max(epoch) FROM commitment)
            OR NEW.previous <> coalesce((SELECT hash FROM commitment ORDER BY epoch DESC LIMIT 1), zeroblob(32))
        BEGIN SELECT RAISE(ABORT, 'a commitment follows the latest one'); END
        """,
        // Bytewise order of customers is SQLite's own order of text.
        """
        CREATE TABLE entry (
            customer TEXT NOT NULL CHECK (length(customer) BETWEEN 1 AND 64),
            epoch INTEGER NOT NULL REFERENCES commitment(epoch),
            place INTEGER NOT NULL CHECK (place >= 0),
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            previous BLOB NOT NULL CHECK (length(previous) = 32),
            firstSequence INTEGER NOT NULL CHECK (firstSequence > 0),
            lastSequence INTEGER NOT NULL CHECK (lastSequence >= firstSequence),
            dueWhole INTEGER NOT NULL CHECK (dueWhole >= 0),
            duePart INTEGER NOT NULL CHECK (duePart BETWEEN 0 AND 999999999999),
            months TEXT NOT NULL,
            document BLOB NOT NULL,
            PRIMARY KEY (customer, epoch),
            UNIQUE (epoch, place)
        ) STRICT, WITHOUT ROWID
        """,
        // The epoch in which a customer's charges of a month came last: late ones go on from its sums.
        """
        CREATE TABLE lastMonth (
            customer TEXT NOT NULL,
            month INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            PRIMARY KEY (customer, month),
            FOREIGN KEY (customer, epoch) REFERENCES entry(customer, epoch)
        ) STRICT, WITHOUT ROWID
        """,
        // Each customer's last epoch, so that all of them can be paged through.
        """
        CREATE TABLE lastEntry (
            customer TEXT PRIMARY KEY NOT NULL,
            epoch INTEGER NOT NULL,
            FOREIGN KEY (customer, epoch) REFERENCES entry(customer, epoch)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TRIGGER entryFollows BEFORE INSERT ON entry
        WHEN NOT EXISTS (
            SELECT 1 FROM (SELECT 1) LEFT JOIN lastEntry ON lastEntry.customer = NEW.customer
                LEFT JOIN entry ON entry.customer = lastEntry.customer AND entry.epoch = lastEntry.epoch
            WHERE NEW.firstSequence = coalesce(entry.lastSequence, 0) + 1
                AND NEW.previous = coalesce(entry.hash, zeroblob(32))
                AND NEW.epoch > coalesce(entry.epoch, NEW.epoch - 1))
        BEGIN SELECT RAISE(ABORT, 'an entry follows its customer''s last one'); END
        """,
        """
        CREATE TRIGGER entryIsLast AFTER INSERT ON entry
        BEGIN
            INSERT INTO lastEntry (customer, epoch) VALUES (NEW.customer, NEW.epoch)
            ON CONFLICT (customer) DO UPDATE SET epoch = excluded.epoch;
        END
        """,
        """
        CREATE TABLE attestation (
            epoch INTEGER PRIMARY KEY,
            commitment BLOB NOT NULL REFERENCES commitment(hash),
            method TEXT NOT NULL CHECK (length(method) > 0),
            document BLOB NOT NULL
        ) STRICT
        """,
    ]

    private static let outbox = [
        "CREATE TABLE plan (epoch INTEGER PRIMARY KEY REFERENCES commitment(epoch)) STRICT",
        """
        CREATE TABLE batch (
            epoch INTEGER NOT NULL REFERENCES plan(epoch),
            place INTEGER NOT NULL CHECK (place >= 0),
            document BLOB NOT NULL,
            name TEXT CHECK (length(name) > 0),
            outcomes BLOB,
            PRIMARY KEY (epoch, place)
        ) STRICT
        """,
        "CREATE INDEX openBatch ON batch (epoch, place) WHERE outcomes IS NULL",
        """
        CREATE TRIGGER batchStays BEFORE UPDATE ON batch
        WHEN NEW.epoch <> OLD.epoch OR NEW.place <> OLD.place OR NEW.document <> OLD.document
            OR OLD.outcomes IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'a batch never changes, and once confirmed stays so'); END
        """,
        """
        CREATE TABLE report (
            epoch INTEGER PRIMARY KEY REFERENCES plan(epoch),
            document BLOB NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE lease (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            holder TEXT NOT NULL CHECK (length(holder) > 0),
            held INTEGER NOT NULL,
            until INTEGER NOT NULL
        ) STRICT
        """,
    ]

    private static var immutable: [String] {
        let updates = ["commitment", "entry", "attestation", "plan", "report"].map { table in
            "CREATE TRIGGER \(table)Stays BEFORE UPDATE ON \(table) "
                + "BEGIN SELECT RAISE(ABORT, 'what was committed never changes'); END"
        }
        let deletions = ["commitment", "entry", "attestation", "plan", "batch", "report"].map { table in
            "CREATE TRIGGER \(table)IsKept BEFORE DELETE ON \(table) "
                + "BEGIN SELECT RAISE(ABORT, 'what was committed is never deleted'); END"
        }
        return updates + deletions
    }

    /// INSERT OR REPLACE deletes what is in its way without asking the triggers for deletions.
    private static var irreplaceable: [String] {
        let places = [
            ("attestation", "epoch = NEW.epoch"), ("plan", "epoch = NEW.epoch"), ("report", "epoch = NEW.epoch"),
            ("batch", "epoch = NEW.epoch AND place = NEW.place"),
        ].map { table, place in
            "CREATE TRIGGER \(table)IsThere BEFORE INSERT ON \(table) "
                + "WHEN EXISTS (SELECT 1 FROM \(table) WHERE \(place)) "
                + "BEGIN SELECT RAISE(ABORT, 'what was committed is never replaced'); END"
        }
        return places + [
            """
            CREATE TRIGGER entryInTime BEFORE INSERT ON entry
            WHEN NEW.epoch <> (SELECT max(epoch) FROM commitment)
                OR EXISTS (SELECT 1 FROM attestation WHERE epoch = NEW.epoch)
            BEGIN SELECT RAISE(ABORT, 'an epoch that is signed, or has a successor, gets no entries'); END
            """
        ]
    }
}
