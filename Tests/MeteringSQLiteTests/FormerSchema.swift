import GRDB

@testable import MeteringSQLite

/// Turns a store into one that an earlier version has left behind.
enum FormerSchema {
    static func revert(_ database: Database, to version: Int) throws {
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
}
