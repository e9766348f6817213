import GRDB
import Metering
import MeteringConformance
import Testing

@testable import MeteringSQLite

@Suite("The ledger in SQLite")
struct LocalLedgerTests {
    /// Ledgers in a directory that goes with the test.
    static func harness(_ directory: TemporaryDirectory) -> LedgerHarness {
        LedgerHarness { unit, schedule in
            try LocalLedger(path: directory.ledger, unit: unit, schedule: schedule)
        }
    }

    @Test("It conforms", arguments: LedgerConformance.checks)
    func conforms(check: LedgerConformance.Check) async throws {
        let directory = try TemporaryDirectory()
        try await check.run(Self.harness(directory))
    }

    @Test("It does what the ledger in memory does, call by call", arguments: 1...8 as ClosedRange<UInt64>)
    func comparison(seed: UInt64) async throws {
        let directory = try TemporaryDirectory()
        var comparison = try await LedgerComparison(Self.harness(directory), seed: seed)
        try await comparison.run(calls: 300)
        try expectSoundLedger(directory.ledger)
    }

    @Test("What was done is there when the file is opened again, and repeating it changes nothing")
    func reopening() async throws {
        let directory = try TemporaryDirectory()
        let first = try LocalLedger(path: directory.ledger)
        try await SampleLedger.use(first)
        let (subscriptions, journal) = (
            try await first.subscriptions(after: nil, limit: 10), try await first.journal(of: nil, after: 0, limit: 100)
        )
        try first.close()
        await #expect(throws: MeteringError.self) { try await first.balances() }
        let second = try LocalLedger(path: directory.ledger)
        #expect(try await second.subscriptions(after: nil, limit: 10) == subscriptions)
        #expect(try await second.journal(of: nil, after: 0, limit: 100) == journal)
        try await SampleLedger.use(second)
        #expect(try await second.journal(of: nil, after: 0, limit: 100) == journal)
        #expect(try await second.subscriptions(after: nil, limit: 10) == subscriptions)
        try second.close()
    }

    @Test("Another unit or schedule than the file's is refused, and leaving it out takes the file's")
    func terms() throws {
        let directory = try TemporaryDirectory()
        try LocalLedger(path: directory.ledger, unit: PicoUSD(100), schedule: EpochSchedule(seconds: 60)).close()
        let error = #expect(throws: MeteringError.self) {
            try LocalLedger(path: directory.ledger, unit: PicoUSD(10))
        }
        #expect(error?.code == .conflict)
        #expect(throws: MeteringError.self) {
            try LocalLedger(path: directory.ledger, schedule: EpochSchedule(seconds: 61))
        }
        let ledger = try LocalLedger(path: directory.ledger)
        #expect(ledger.unit == PicoUSD(100))
        #expect(ledger.schedule.seconds == 60)
        #expect(throws: MeteringError.self) { try LocalLedger(path: directory.path + "/other", unit: .zero) }
    }

    @Test("A ledger and a store are not taken for each other")
    func otherFiles() async throws {
        let directory = try TemporaryDirectory()
        try LocalLedger(path: directory.ledger).close()
        #expect(throws: MeteringError.self) { try SQLiteUsageStore(path: directory.ledger) }
        try await SQLiteUsageStore(path: directory.store).close()
        #expect(throws: MeteringError.self) { try LocalLedger(path: directory.store) }
        let missing = #expect(throws: MeteringError.self) {
            try LocalLedger(path: directory.path + "/none.sqlite", mode: .readOnly)
        }
        #expect(missing?.code == .notFound)
    }

    @Test("A ledger open for reading only shows what another one writes, and writes nothing")
    func readOnly() async throws {
        let directory = try TemporaryDirectory()
        let writer = try LocalLedger(path: directory.ledger)
        let reader = try LocalLedger(path: directory.ledger, mode: .readOnly)
        try await SampleLedger.use(writer)
        #expect(try await reader.balances() == writer.balances())
        let error = await #expect(throws: MeteringError.self) { try await SampleLedger.use(reader) }
        #expect(error?.code == .storeUnavailable)
    }

    @Test("Two ledgers on one file settle each epoch once")
    func twoWriters() async throws {
        let directory = try TemporaryDirectory()
        let ledgers = [try LocalLedger(path: directory.ledger), try LocalLedger(path: directory.ledger)]
        try await SampleLedger.open(ledgers[0])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for ledger in ledgers {
                group.addTask {
                    for step in 1...50 { try await SampleLedger.settle(ledger, step: step) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await ledgers[0].balance(of: .earnings(.operator)) == PicoUSD(50 * SampleLedger.charge))
        #expect(try await ledgers[1].journal(of: nil, after: 0, limit: 100).count == 51)
        try expectSoundLedger(directory.ledger)
    }
}

extension TemporaryDirectory {
    var ledger: String { path + "/ledger.sqlite" }
}

/// A short history: one subscription, a deposit, and settlements.
enum SampleLedger {
    static let start = Timestamp(milliseconds: 1_795_000_200_000)
    static let id = SubscriptionID(rawValue: "sub-1")
    /// What one step charges: more than whole dollars, so that parts are carried.
    static let charge: Int128 = 1_700_000_000_003

    static func open(_ ledger: any Ledger) async throws {
        _ = try await ledger.subscribe(
            SubscriptionTerms(id: id, customer: CustomerID(rawValue: "acme"), grace: 0), at: start)
        try await ledger.deposit(
            PicoUSD(1_000_000_000_000_000_000), to: id, reference: TransferReference(rawValue: "first"), at: start)
    }

    @discardableResult
    static func settle(_ ledger: any Ledger, step: Int) async throws -> SettlementOutcome {
        let epoch = Epoch(ledger.schedule.epoch(at: start).rawValue + Int64(step))
        let item = SettlementItem(
            subscription: id, cumulativeCharge: PicoUSD(Int128(step) * charge),
            customerRoot: Digest32(words: (UInt64(step), 0, 0, 1)), priceBook: .zero)
        return try await ledger.settle(
            SettlementBatch(epoch: epoch, items: [item]), at: ledger.schedule.end(of: epoch))[0]
    }

    static func use(_ ledger: any Ledger) async throws {
        try await open(ledger)
        for step in 1...3 { try await settle(ledger, step: step) }
        try await ledger.setCaps(SpendingCaps(perEpoch: PicoUSD(9)), of: id, at: start)
        try await ledger.withdraw(
            PicoUSD(5), by: .operator, reference: TransferReference(rawValue: "w-1"), at: start)
        try await ledger.credit(
            CreditNote(
                reference: TransferReference(rawValue: "c-1"), subscription: id,
                amount: PicoUSD(9_000_000_000_000), reason: "more than was earned"), at: start)
        try await ledger.pause(id, at: start)
    }
}

/// Checks a ledger's file with plain SQL: every balance is what its entries add up to, and all add up to zero.
func expectSoundLedger(_ path: String) throws {
    let database = try DatabaseQueue(path: path)
    try database.read { database in
        #expect(try String.fetchOne(database, sql: "PRAGMA integrity_check") == "ok")
        #expect(try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").isEmpty)
        let balances = try Row.fetchAll(database, sql: "SELECT number, whole, part FROM account")
        var sums: [Int64: Int128] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT source, target, whole, part FROM entry") {
            guard let source = row["source"] as Int64?, let target = row["target"] as Int64? else { continue }
            let amount = Int128(row["whole"] as Int64) * 1_000_000_000_000 + Int128(row["part"] as Int64)
            sums[source, default: 0] -= amount
            sums[target, default: 0] += amount
        }
        for row in balances {
            let balance = Int128(row["whole"] as Int64) * 1_000_000_000_000 + Int128(row["part"] as Int64)
            #expect(balance == sums[row["number"]] ?? 0)
        }
        #expect(sums.values.reduce(0, +) == 0)
    }
}
