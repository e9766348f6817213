internal import GRDB

/// The tables of a ledger, and the changes to them in the order they were made.
///
/// A registered migration is never edited. The schema repeats the invariants, so that no SQL can break them either:
///
/// - A journal entry moves one amount from one account to another, so each entry adds up to zero by construction.
/// - Entries are numbered without a gap and never change or go.
/// - A balance changes only by an entry that it has not had yet, and only by that entry's amount; no account but the
///   world goes below zero, so nobody spends escrow twice or draws what was not earned.
/// - A subscription's epoch never goes back, and a closed subscription never changes again, but for credit it is owed.
///
/// An amount is two integers, since 64 bits hold too few 10⁻¹² USD: `whole` US dollars, and `part`, 0 ..< 10¹², above
/// them. Amounts that are compared, not summed, are decimal text. docs/ledger.md explains the tables.
enum LedgerSchema {
    /// Marks the file as ours (`PRAGMA application_id`): "FLED".
    static let applicationID: Int32 = 0x464c_4544

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: accounts, journal, subscriptions", foreignKeyChecks: .immediate) { database in
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            for sql in tables + entryRules + balanceRules + subscriptionRules { try database.execute(sql: sql) }
        }
        migrator.registerMigration("2: subscriptions that end", foreignKeyChecks: .immediate) { database in
            try database.execute(sql: "CREATE INDEX subscriptionEnding ON subscription (stateTime) WHERE state = 2")
        }
        return migrator
    }

    private static func amount(_ name: String, nullable: Bool = true) -> String {
        "\(name) TEXT \(nullable ? "" : "NOT NULL ")CHECK (\(name) <> '' AND \(name) NOT GLOB '*[^0-9]*')"
    }

    private static let tables = [
        """
        CREATE TABLE ledger (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            \(amount("unit", nullable: false)),
            epochSeconds INTEGER NOT NULL CHECK (epochSeconds BETWEEN 1 AND 86400)
        ) STRICT
        """,
        """
        CREATE TABLE subscription (
            id TEXT PRIMARY KEY NOT NULL CHECK (length(id) BETWEEN 1 AND 64),
            customer TEXT NOT NULL CHECK (length(customer) BETWEEN 1 AND 64),
            provider TEXT NOT NULL CHECK (length(provider) BETWEEN 1 AND 64),
            periodLength INTEGER NOT NULL CHECK (periodLength > 0),
            grace INTEGER NOT NULL CHECK (grace >= 0),
            created INTEGER NOT NULL CHECK (created >= 0),
            \(amount("opening", nullable: false)),
            state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
            stateTime INTEGER CHECK ((stateTime IS NOT NULL) = (state >= 2)),
            \(amount("settled", nullable: false)),
            epoch INTEGER,
            \(amount("cumulative")),
            customerRoot BLOB CHECK (length(customerRoot) = 32),
            priceBook BLOB CHECK (length(priceBook) = 32),
            period INTEGER NOT NULL,
            \(amount("periodSpent", nullable: false)),
            \(amount("creditOwed", nullable: false)),
            CHECK ((epoch IS NULL) = (cumulative IS NULL) AND (epoch IS NULL) = (customerRoot IS NULL)
                AND (epoch IS NULL) = (priceBook IS NULL))
        ) STRICT
        """,
        // A customer has one subscription that is not closed.
        "CREATE UNIQUE INDEX subscriptionOpen ON subscription (customer) WHERE state < 3",
        "CREATE INDEX subscriptionCustomer ON subscription (customer)",
        """
        CREATE TABLE capChange (
            subscription TEXT NOT NULL REFERENCES subscription(id),
            fromEpoch INTEGER NOT NULL,
            \(amount("perEpoch")),
            \(amount("perPeriod")),
            \(amount("lifetime")),
            PRIMARY KEY (subscription, fromEpoch)
        ) STRICT, WITHOUT ROWID
        """,
        // Whom a provider owes credit, longest first.
        """
        CREATE TABLE creditor (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            provider TEXT NOT NULL,
            subscription TEXT NOT NULL UNIQUE REFERENCES subscription(id)
        ) STRICT
        """,
        "CREATE INDEX creditorProvider ON creditor (provider, position)",
        """
        CREATE TABLE account (
            number INTEGER PRIMARY KEY,
            kind TEXT NOT NULL CHECK (kind IN ('world', 'escrow', 'earnings')),
            name TEXT NOT NULL,
            whole INTEGER NOT NULL CHECK (whole BETWEEN -4000000000000000000 AND 4000000000000000000),
            part INTEGER NOT NULL CHECK (part BETWEEN 0 AND 999999999999),
            lastEntry INTEGER NOT NULL CHECK (lastEntry >= 0),
            UNIQUE (kind, name),
            CHECK (kind = 'world' OR whole >= 0)
        ) STRICT
        """,
        """
        CREATE TABLE entry (
            number INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (
                kind IN ('deposit', 'settlement', 'credit', 'creditPaid', 'refund', 'withdrawal')),
            subscription TEXT REFERENCES subscription(id)
                CHECK ((subscription IS NULL) = (kind = 'withdrawal')),
            reference TEXT UNIQUE
                CHECK ((reference IS NOT NULL) = (kind IN ('deposit', 'withdrawal', 'credit'))),
            source INTEGER REFERENCES account(number),
            target INTEGER REFERENCES account(number),
            whole INTEGER NOT NULL CHECK (whole BETWEEN 0 AND 1000000000000),
            part INTEGER NOT NULL CHECK (part BETWEEN 0 AND 999999999999),
            epoch INTEGER CHECK ((epoch IS NOT NULL) = (kind = 'settlement')),
            \(amount("cumulative")),
            customerRoot BLOB CHECK (length(customerRoot) = 32),
            priceBook BLOB CHECK (length(priceBook) = 32),
            \(amount("unsettled")),
            limits TEXT,
            \(amount("credited")) CHECK ((credited IS NOT NULL) = (kind = 'credit')),
            reason TEXT,
            evidence BLOB CHECK (length(evidence) = 32),
            CHECK ((source IS NULL) = (target IS NULL) AND (source IS NULL) = (whole = 0 AND part = 0)),
            CHECK (source <> target)
        ) STRICT
        """,
        "CREATE INDEX entrySubscription ON entry (subscription, number) WHERE subscription IS NOT NULL",
        // No epoch moves a subscription's money twice.
        "CREATE UNIQUE INDEX entrySettlement ON entry (subscription, epoch) WHERE epoch IS NOT NULL",
    ]

    /// Raises an error before an insertion or change of `table` that satisfies `condition`.
    private static func refuse(
        _ event: String, on table: String, name: String, when condition: String, _ message: String
    ) -> String {
        """
        CREATE TRIGGER \(table)\(name) BEFORE \(event) ON \(table) WHEN \(condition)
        BEGIN SELECT RAISE(ABORT, '\(message)'); END
        """
    }

    private static let entryRules = [
        // Also keeps INSERT OR REPLACE from taking an entry's place.
        refuse(
            "INSERT", on: "entry", name: "Numbers",
            when: "NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM entry)",
            "journal entries are numbered without a gap"),
        refuse(
            "INSERT", on: "entry", name: "References",
            when: "EXISTS (SELECT 1 FROM entry WHERE reference = NEW.reference) OR (NEW.epoch IS NOT NULL AND "
                + "EXISTS (SELECT 1 FROM entry WHERE subscription = NEW.subscription AND epoch = NEW.epoch))",
            "the reference or epoch has an entry already"),
        refuse("UPDATE", on: "entry", name: "Unchanged", when: "true", "journal entries never change"),
        refuse("DELETE", on: "entry", name: "Kept", when: "true", "journal entries are never deleted"),
        // Which accounts an entry of a kind may move money between.
        refuse(
            "INSERT", on: "entry", name: "Accounts",
            when: """
                NEW.source IS NOT NULL AND NOT EXISTS (
                    SELECT 1 FROM account AS s, account AS t
                    LEFT JOIN subscription AS u ON u.id = NEW.subscription
                    WHERE s.number = NEW.source AND t.number = NEW.target AND CASE NEW.kind
                        WHEN 'deposit' THEN s.kind = 'world' AND t.kind = 'escrow' AND t.name = u.id
                        WHEN 'refund' THEN s.kind = 'escrow' AND s.name = u.id AND t.kind = 'world'
                        WHEN 'withdrawal' THEN s.kind = 'earnings' AND t.kind = 'world'
                        WHEN 'settlement' THEN s.kind = 'escrow' AND s.name = u.id
                            AND t.kind = 'earnings' AND t.name = u.provider
                        ELSE s.kind = 'earnings' AND s.name = u.provider
                            AND (t.kind = 'world' OR (t.kind = 'escrow' AND t.name = u.id)) END)
                """,
            "an entry of this kind moves no money between these accounts"),
        """
        CREATE TRIGGER entryMoves AFTER INSERT ON entry WHEN NEW.source IS NOT NULL
        BEGIN
            UPDATE account SET whole = whole - NEW.whole - (part < NEW.part),
                part = part - NEW.part + 1000000000000 * (part < NEW.part), lastEntry = NEW.number
            WHERE number = NEW.source;
            UPDATE account SET whole = whole + NEW.whole + (part + NEW.part >= 1000000000000),
                part = part + NEW.part - 1000000000000 * (part + NEW.part >= 1000000000000), lastEntry = NEW.number
            WHERE number = NEW.target;
        END
        """,
    ]

    private static let balanceRules = [
        refuse(
            "INSERT", on: "account", name: "Empty",
            when: "NEW.whole <> 0 OR NEW.part <> 0 OR NEW.lastEntry <> 0 OR EXISTS (SELECT 1 FROM account "
                + "WHERE number = NEW.number OR (kind = NEW.kind AND name = NEW.name))",
            "an account begins with nothing"),
        refuse("DELETE", on: "account", name: "Kept", when: "true", "accounts are never deleted"),
        refuse(
            "UPDATE", on: "account", name: "Entries",
            when: """
                NEW.number <> OLD.number OR NEW.kind <> OLD.kind OR NEW.name <> OLD.name
                OR NEW.lastEntry <= OLD.lastEntry OR NOT EXISTS (
                    SELECT 1 FROM entry WHERE number = NEW.lastEntry AND (
                        (source = OLD.number
                            AND NEW.whole = OLD.whole - whole - (OLD.part < part)
                            AND NEW.part = OLD.part - part + 1000000000000 * (OLD.part < part))
                        OR (target = OLD.number
                            AND NEW.whole = OLD.whole + whole + (OLD.part + part >= 1000000000000)
                            AND NEW.part = OLD.part + part - 1000000000000 * (OLD.part + part >= 1000000000000))))
                """,
            "a balance changes by journal entries only"),
        "INSERT INTO account VALUES (1, 'world', '', 0, 0, 0)",
    ]

    private static let subscriptionRules = [
        refuse(
            "INSERT", on: "subscription", name: "Once",
            when: "EXISTS (SELECT 1 FROM subscription WHERE id = NEW.id OR (customer = NEW.customer AND state < 3))",
            "the subscription exists, or the customer has another one"),
        refuse("DELETE", on: "subscription", name: "Kept", when: "true", "subscriptions are never deleted"),
        refuse(
            "UPDATE", on: "subscription", name: "Terms",
            when: """
                NEW.id <> OLD.id OR NEW.customer <> OLD.customer OR NEW.provider <> OLD.provider
                OR NEW.created <> OLD.created OR NEW.opening <> OLD.opening
                OR NEW.periodLength <> OLD.periodLength OR NEW.grace <> OLD.grace
                """,
            "the terms of a subscription never change"),
        refuse(
            "UPDATE", on: "subscription", name: "Forward",
            when: "NEW.state < OLD.state AND OLD.state >= 2 OR (OLD.epoch IS NOT NULL AND (NEW.epoch IS NULL "
                + "OR NEW.epoch < OLD.epoch)) OR (OLD.state = 3 AND (NEW.epoch IS NOT OLD.epoch "
                + "OR NEW.settled <> OLD.settled OR NEW.stateTime <> OLD.stateTime))",
            "a subscription never goes back"),
        refuse("UPDATE", on: "ledger", name: "Unchanged", when: "true", "the unit and the epochs never change"),
        refuse("DELETE", on: "ledger", name: "Kept", when: "true", "the unit and the epochs never change"),
        refuse(
            "INSERT", on: "ledger", name: "Once", when: "EXISTS (SELECT 1 FROM ledger)",
            "the unit and the epochs never change"),
    ]
}
