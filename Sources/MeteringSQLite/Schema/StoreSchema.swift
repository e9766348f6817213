internal import GRDB
internal import Metering

/// The tables, and the changes to them in the order they were made.
///
/// A registered migration is never edited.
///
/// docs/storage.md explains the tables. In short: `event` is append-only in the order of arrival; what would make each
/// append touch a dozen random pages (two indexes, five roll-ups) is kept up in larger portions. `storeState` says up to
/// which position that was done, and everybody reads the few events after it themselves.
enum StoreSchema {
    /// Marks the file as ours (`PRAGMA application_id`): "FLOW".
    static let applicationID: Int32 = 0x464c_4f57

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: events, roll-ups, directory", foreignKeyChecks: .immediate) { database in
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            for sql in names + events + rollups + directory { try database.execute(sql: sql) }
        }
        migrator.registerMigration("2: unique ids, events for ever", foreignKeyChecks: .immediate) { database in
            for sql in uniqueness + lifetime { try database.execute(sql: sql) }
        }
        migrator.registerMigration("3: narrow roll-ups", foreignKeyChecks: .immediate) { database in
            for sql in narrowRollups { try database.execute(sql: sql) }
        }
        migrator.registerMigration("4: sessions by charge, quarters", foreignKeyChecks: .immediate) { database in
            for sql in sessionRanks + quarters { try database.execute(sql: sql) }
        }
        migrator.registerMigration("5: nothing takes the place of an event", foreignKeyChecks: .immediate) { database in
            try database.execute(sql: irreplaceable)
        }
        migrator.registerMigration(
            "6: chains in parts", foreignKeyChecks: .immediate, migrate: indexChainsInParts)
        return migrator
    }

    /// An id is stored once, whoever writes; and what is stored stays as it is.
    private static let uniqueness = [
        "CREATE UNIQUE INDEX eventID ON event (id)",
        "DROP TABLE eventSlot",
        """
        CREATE TRIGGER eventIsFinal BEFORE UPDATE ON event
        BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END
        """,
        """
        CREATE TRIGGER eventIsKept BEFORE DELETE ON event
        BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END
        """,
    ]

    /// INSERT OR REPLACE deletes what is in its way without asking the triggers for deletions.
    private static let irreplaceable = """
        CREATE TRIGGER eventIsNew BEFORE INSERT ON event
        WHEN EXISTS (SELECT 1 FROM event WHERE position = NEW.position)
            OR EXISTS (SELECT 1 FROM event WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'an event is never replaced'); END
        """

    /// Texts that repeat in every event are kept once; events hold their numbers.
    private static var names: [String] {
        ["eventCustomer", "eventKey", "eventSession", "eventModel", "eventSKU"].map { table in
            """
            CREATE TABLE \(table) (
                number INTEGER PRIMARY KEY,
                name TEXT NOT NULL UNIQUE CHECK (length(name) > 0)
            ) STRICT
            """
        } + [
            """
            CREATE TABLE eventPriceBook (
                number INTEGER PRIMARY KEY,
                name BLOB NOT NULL UNIQUE CHECK (length(name) = 32)
            ) STRICT
            """
        ]
    }

    private static let events = [
        """
        CREATE TABLE event (
            position INTEGER PRIMARY KEY CHECK (position > 0),
            id TEXT NOT NULL,
            customer INTEGER NOT NULL REFERENCES eventCustomer(number),
            sequence INTEGER NOT NULL CHECK (sequence > 0),
            key INTEGER NOT NULL REFERENCES eventKey(number),
            session INTEGER NOT NULL REFERENCES eventSession(number),
            model INTEGER NOT NULL REFERENCES eventModel(number),
            time INTEGER NOT NULL CHECK (time >= 0),
            requestID TEXT,
            agent TEXT,
            lines BLOB NOT NULL,
            charge INTEGER CHECK (charge >= 0 AND charge < 1000000000000000000),
            chargeCarry INTEGER CHECK (chargeCarry >= 0),
            missing BLOB,
            priceBook INTEGER NOT NULL REFERENCES eventPriceBook(number),
            quality INTEGER NOT NULL CHECK (quality BETWEEN 0 AND 2),
            source INTEGER NOT NULL CHECK (source BETWEEN 0 AND 4),
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            CHECK ((charge IS NULL) = (missing IS NOT NULL) AND (charge IS NULL) = (chargeCarry IS NULL))
        ) STRICT
        """,
        // Event id → event: the id's hash, or the next free slot after it when another id has the same hash.
        """
        CREATE TABLE eventSlot (
            slot INTEGER PRIMARY KEY,
            position INTEGER NOT NULL REFERENCES event(position)
        ) STRICT
        """,
        """
        CREATE TABLE customerEvent (
            customer INTEGER NOT NULL REFERENCES eventCustomer(number),
            sequence INTEGER NOT NULL CHECK (sequence > 0),
            position INTEGER NOT NULL REFERENCES event(position),
            PRIMARY KEY (customer, sequence)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE storeState (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            rolledThrough INTEGER NOT NULL CHECK (rolledThrough >= 0),
            indexedThrough INTEGER NOT NULL CHECK (indexedThrough >= 0),
            directoryVersion INTEGER NOT NULL CHECK (directoryVersion >= 0)
        ) STRICT
        """,
        "INSERT INTO storeState VALUES (1, 0, 0, 0)",
    ]

    private static var rollups: [String] {
        let customer = "customer INTEGER NOT NULL REFERENCES eventCustomer(number)"
        let key = "key INTEGER NOT NULL REFERENCES eventKey(number)"
        let session = "session INTEGER NOT NULL REFERENCES eventSession(number)"
        let model = "model INTEGER NOT NULL REFERENCES eventModel(number)"
        let sums = RollupSums.columns.map { "\($0) INTEGER NOT NULL CHECK (\($0) >= 0)" }.joined(separator: ", ")
        func table(_ name: String, _ columns: [String], primaryKey: String) -> String {
            "CREATE TABLE \(name) (\((columns + [sums]).joined(separator: ", ")), "
                + "PRIMARY KEY (\(primaryKey))) STRICT, WITHOUT ROWID"
        }
        return [
            table("dayModelUsage", ["day INTEGER NOT NULL", model], primaryKey: "day, model"),
            table("dayUsage", ["day INTEGER NOT NULL", customer, key, model], primaryKey: "day, customer, key, model"),
            table(
                "monthUsage", ["month INTEGER NOT NULL", customer, key, model],
                primaryKey: "month, customer, key, model"),
            table(
                "sessionUsage",
                [
                    session, customer, key, model, "firstDay INTEGER NOT NULL",
                    "lastDay INTEGER NOT NULL CHECK (lastDay >= firstDay)",
                ], primaryKey: "session, customer, key, model"),
            table(
                "sessionDayUsage", [session, "day INTEGER NOT NULL", customer, key, model],
                primaryKey: "session, day, customer, key, model"),
            // Which customers have used a key: leads from a key to its rows of the tables above.
            """
            CREATE TABLE keyCustomer (
                \(key), \(customer), PRIMARY KEY (key, customer)
            ) STRICT, WITHOUT ROWID
            """,
        ]
    }

    /// Money that is compared, not summed, is decimal text: exact for every amount.
    private static let directory = [
        """
        CREATE TABLE customer (
            id TEXT PRIMARY KEY NOT NULL CHECK (length(id) BETWEEN 1 AND 64),
            name TEXT NOT NULL,
            dailyLimit TEXT CHECK (dailyLimit NOT GLOB '*[^0-9-]*'),
            monthlyLimit TEXT CHECK (monthlyLimit NOT GLOB '*[^0-9-]*'),
            lifetimeLimit TEXT CHECK (lifetimeLimit NOT GLOB '*[^0-9-]*'),
            created INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE apiKey (
            id TEXT PRIMARY KEY NOT NULL,
            secretHash BLOB NOT NULL UNIQUE CHECK (length(secretHash) = 32),
            customer TEXT NOT NULL REFERENCES customer(id),
            name TEXT NOT NULL,
            created INTEGER NOT NULL,
            revoked INTEGER
        ) STRICT
        """,
        "CREATE INDEX apiKeyCustomer ON apiKey (customer)",
        """
        CREATE TABLE messageBatch (
            id TEXT PRIMARY KEY NOT NULL,
            customer TEXT NOT NULL,
            key TEXT NOT NULL,
            session TEXT NOT NULL,
            created INTEGER NOT NULL,
            metered INTEGER
        ) STRICT
        """,
        "CREATE INDEX messageBatchOpen ON messageBatch (created, id) WHERE metered IS NULL",
        "CREATE INDEX messageBatchCustomer ON messageBatch (customer, created, id)",
        """
        CREATE TABLE importCursor (
            path TEXT PRIMARY KEY NOT NULL,
            inode INTEGER NOT NULL,
            offset INTEGER NOT NULL,
            line INTEGER NOT NULL
        ) STRICT
        """,
    ]
}
