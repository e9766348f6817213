import GRDB

@testable import MeteringSQLite

/// Turns a store into one that an earlier version has left behind.
enum FormerSchema {
    static func revert(_ database: Database, to version: Int) throws {
        try revertToThird(database)
        guard version < 3 else { return }
        let columns = RollupSums.columns
        try database.execute(
            sql: """
                CREATE TABLE monthUsage (
                    month INTEGER NOT NULL,
                    customer INTEGER NOT NULL REFERENCES eventCustomer(number),
                    key INTEGER NOT NULL REFERENCES eventKey(number),
                    model INTEGER NOT NULL REFERENCES eventModel(number),
                    \(columns.map { "\($0) INTEGER NOT NULL CHECK (\($0) >= 0)" }.joined(separator: ", ")),
                    PRIMARY KEY (month, customer, key, model)
                ) STRICT, WITHOUT ROWID;
                INSERT INTO monthUsage
                SELECT month, customer, key, model, \(columns.joined(separator: ", ")) FROM monthModelUsage;
                DROP TABLE monthModelUsage;
                DROP TABLE monthKeyUsage;
                DROP TABLE sessionCharge;
                DROP INDEX sessionUsageModel;
                DELETE FROM grdb_migrations WHERE identifier LIKE '3:%'
                """)
        guard version < 2 else { return }
        try database.execute(
            sql: """
                DROP INDEX eventID;
                DROP TRIGGER eventIsFinal;
                DROP TRIGGER eventIsKept;
                DROP TABLE keyUsage;
                CREATE TABLE eventSlot (slot INTEGER PRIMARY KEY, position INTEGER NOT NULL) STRICT;
                DELETE FROM grdb_migrations WHERE identifier LIKE '2:%'
                """)
    }

    private static func revertToThird(_ database: Database) throws {
        // Whatever the sums in the former table were, they were those of its source.
        try database.execute(
            sql: """
                CREATE TABLE sessionCharge (
                    session INTEGER NOT NULL REFERENCES eventSession(number),
                    customer INTEGER NOT NULL REFERENCES eventCustomer(number),
                    key INTEGER NOT NULL REFERENCES eventKey(number),
                    firstDay INTEGER NOT NULL,
                    lastDay INTEGER NOT NULL CHECK (lastDay >= firstDay),
                    charge INTEGER NOT NULL CHECK (charge >= 0),
                    chargeCarry INTEGER NOT NULL CHECK (chargeCarry >= 0),
                    PRIMARY KEY (session, customer, key)
                ) STRICT, WITHOUT ROWID;
                INSERT INTO sessionCharge
                SELECT session, customer, key, firstDay, lastDay, charge, chargeCarry FROM customerSession;
                CREATE INDEX sessionChargeCustomer
                ON sessionCharge (customer, session, key, firstDay, lastDay, charge, chargeCarry);
                CREATE INDEX sessionUsageModel
                ON sessionUsage (model, session, customer, key, firstDay, lastDay, charge, chargeCarry);
                DROP TABLE sessionTotal;
                DROP TABLE modelSession;
                DROP TABLE customerSession;
                DROP TABLE dayKeyUsage;
                DROP TABLE quarterKeyUsage;
                DROP TABLE quarterModelUsage;
                DROP TRIGGER eventIsNew;
                CREATE TABLE customerEvent (
                    customer INTEGER NOT NULL REFERENCES eventCustomer(number),
                    sequence INTEGER NOT NULL CHECK (sequence > 0),
                    position INTEGER NOT NULL REFERENCES event(position),
                    PRIMARY KEY (customer, sequence)
                ) STRICT, WITHOUT ROWID;
                INSERT INTO customerEvent SELECT customer, sequence, position FROM event;
                DROP TABLE chainPart;
                DELETE FROM grdb_migrations WHERE substr(identifier, 1, 2) IN ('4:', '5:', '6:')
                """)
    }
}
