import GRDB
import Metering
import Testing

@testable import MeteringSQLite

/// What somebody with a SQLite shell can and cannot do to a ledger.
@Suite("The schema of the ledger")
struct LedgerSchemaTests {
    private static let attacks: [(String, String)] = [
        ("raise a balance", "UPDATE account SET whole = whole + 1 WHERE kind = 'escrow'"),
        ("raise a part", "UPDATE account SET part = part + 1 WHERE kind = 'earnings'"),
        (
            "raise a balance by an old entry",
            "UPDATE account SET whole = whole + 5, lastEntry = 1 WHERE kind = 'escrow'"
        ),
        ("raise a balance by no entry", "UPDATE account SET whole = whole + 5, lastEntry = 999 WHERE kind = 'escrow'"),
        (
            "apply an entry again",
            "UPDATE account SET part = part + (SELECT part FROM entry WHERE number = 2), lastEntry = lastEntry "
                + "WHERE kind = 'earnings'"
        ),
        ("forget which entry came last", "UPDATE account SET lastEntry = 0"),
        ("rename an account", "UPDATE account SET name = 'sub-9' WHERE kind = 'escrow'"),
        ("replace a balance", "UPDATE OR REPLACE account SET whole = 1, part = 1"),
        ("delete an account", "DELETE FROM account WHERE kind = 'escrow'"),
        ("make an account with money", "INSERT INTO account VALUES (NULL, 'earnings', 'me', 100, 0, 0)"),
        ("replace an account", "INSERT OR REPLACE INTO account VALUES (1, 'world', '', 0, 0, 0)"),
        ("make a second world", "INSERT INTO account VALUES (NULL, 'world', '', 0, 0, 0)"),
        ("change an entry's amount", "UPDATE entry SET whole = whole + 1 WHERE number = 1"),
        ("change an entry's time", "UPDATE entry SET time = 0"),
        ("change an entry's number", "UPDATE entry SET number = number + 100"),
        ("delete an entry", "DELETE FROM entry WHERE number = 2"),
        ("delete the last entry", "DELETE FROM entry WHERE number = (SELECT max(number) FROM entry)"),
        ("replace an entry", replacement(of: 1)),
        ("leave a gap", entry("'refund', 'sub-1', NULL, 2, 1, 1, 0", number: "999")),
        ("move money out of nothing", entry("'deposit', 'sub-1', 'x', NULL, 2, 5, 0")),
        ("move money into nothing", entry("'deposit', 'sub-1', 'x', 1, NULL, 5, 0")),
        ("move a negative amount", entry("'deposit', 'sub-1', 'x', 1, 2, -5, 0")),
        ("move a part that is a whole", entry("'deposit', 'sub-1', 'x', 1, 2, 0, 1000000000000")),
        ("move money to where it is", entry("'deposit', 'sub-1', 'x', 1, 1, 5, 0")),
        ("deposit to a provider", entry("'deposit', 'sub-1', 'x', 1, 3, 5, 0")),
        ("withdraw escrow", entry("'withdrawal', NULL, 'x', 2, 1, 5, 0")),
        ("withdraw more than was earned", entry("'withdrawal', NULL, 'x', 3, 1, 6, 0")),
        ("refund more than the escrow", entry("'refund', 'sub-1', NULL, 2, 1, 1000000000, 0")),
        ("refund another subscription's escrow", entry("'refund', 'sub-2', NULL, 2, 1, 1, 0")),
        ("use a reference twice", entry("'deposit', 'sub-1', 'first', 1, 2, 5, 0")),
        (
            "use a reference twice by replacing",
            entry("'deposit', 'sub-1', 'first', 1, 2, 5, 0").replacing("INSERT", with: "INSERT OR REPLACE")
        ),
        ("settle an epoch twice", settlementAgain("INSERT")),
        ("settle an epoch twice by replacing", settlementAgain("INSERT OR REPLACE")),
        ("take an epoch back", "UPDATE subscription SET epoch = epoch - 1"),
        (
            "forget the epoch",
            "UPDATE subscription SET epoch = NULL, cumulative = NULL, customerRoot = NULL, "
                + "priceBook = NULL"
        ),
        ("change who pays", "UPDATE subscription SET customer = 'somebody'"),
        ("change who earns", "UPDATE subscription SET provider = 'me'"),
        ("delete a subscription", "DELETE FROM subscription"),
        ("replace a subscription", "INSERT OR REPLACE INTO subscription SELECT * FROM subscription"),
        (
            "give a customer two subscriptions",
            """
            INSERT INTO subscription SELECT 'sub-9', customer, provider, periodLength, grace, created, opening, 0, NULL,
                '0', NULL, NULL, NULL, NULL, 0, '0', '0' FROM subscription WHERE id = 'sub-1'
            """
        ),
        ("change the unit", "UPDATE ledger SET unit = '5'"),
        ("add a unit", "INSERT OR REPLACE INTO ledger VALUES (1, '5', 300)"),
        ("write an amount that is none", "UPDATE subscription SET settled = '-1'"),
    ]

    private static func entry(_ values: String, number: String = "(SELECT max(number) + 1 FROM entry)") -> String {
        "INSERT INTO entry (kind, subscription, reference, source, target, whole, part, number, time) "
            + "VALUES (\(values), \(number), 0)"
    }

    private static func replacement(of number: Int) -> String {
        entry("'deposit', 'sub-1', 'other', 1, 2, 5, 0", number: "\(number)")
            .replacing("INSERT", with: "INSERT OR REPLACE")
    }

    private static func settlementAgain(_ verb: String) -> String {
        """
        \(verb) INTO entry SELECT (SELECT max(number) + 1 FROM entry), time, kind, subscription, reference, source,
            target, whole, part, epoch, cumulative, customerRoot, priceBook, unsettled, limits, credited, reason, evidence
        FROM entry WHERE kind = 'settlement' LIMIT 1
        """
    }

    @Test("refuses whatever would unbalance or rewrite the books", arguments: attacks)
    func refuses(attack: (name: String, sql: String)) async throws {
        let directory = try TemporaryDirectory()
        let ledger = try await Self.ledger(directory)
        let (balances, journal) = (
            try await ledger.balances(), try await ledger.journal(of: nil, after: 0, limit: 100)
        )
        let database = try DatabaseQueue(path: directory.ledger)
        let error = #expect(throws: DatabaseError.self, "\(attack.name)") {
            try database.write { try $0.execute(sql: attack.sql) }
        }
        // Refused by a constraint or a trigger, not because the attack is not valid SQL.
        #expect(error?.resultCode == .SQLITE_CONSTRAINT, "\(attack.name): \(error?.message ?? "")")
        #expect(try await ledger.balances() == balances)
        #expect(try await ledger.journal(of: nil, after: 0, limit: 100) == journal)
        try expectSoundLedger(directory.ledger)
    }

    @Test("lets a whole, balanced entry in, so the refusals are not refusals of everything")
    func accepts() async throws {
        let directory = try TemporaryDirectory()
        let ledger = try await Self.ledger(directory)
        let database = try DatabaseQueue(path: directory.ledger)
        try await database.write { try $0.execute(sql: Self.entry("'deposit', 'sub-1', 'x', 1, 2, 5, 999999999999")) }
        try await database.write { try $0.execute(sql: Self.entry("'withdrawal', NULL, 'y', 3, 1, 5, 0")) }
        #expect(try await ledger.balance(of: .earnings(.operator)) == PicoUSD(100_000_000_009))
        try expectSoundLedger(directory.ledger)
    }

    /// World 1, escrow 2 with plenty, earnings 3 with 5.100000000009 USD, and a second subscription with nothing.
    private static func ledger(_ directory: TemporaryDirectory) async throws -> LocalLedger {
        let ledger = try LocalLedger(path: directory.ledger)
        try await SampleLedger.open(ledger)
        for step in 1...3 { try await SampleLedger.settle(ledger, step: step) }
        _ = try await ledger.subscribe(
            SubscriptionTerms(id: SubscriptionID(rawValue: "sub-2"), customer: CustomerID(rawValue: "other")),
            at: SampleLedger.start)
        return ledger
    }
}
