internal import Metering

/// Appends events: the state behind the one thread that writes, and the transaction it runs.
///
/// Besides the database it knows, in memory, the end of each chain, the events that the index tables do not hold yet, and
/// the sums that the roll-ups do not hold yet. All of that can be read back from the database: it is thrown away
/// whenever a transaction fails, and brought up to date when another process has written.
final class Appender {

    private let connection: StoreConnection
    private let limits: SQLiteUsageStore.Limits
    private let inserter: EventInserter
    private let index: EventIndex
    private let tail: EventTail
    private let rollups: RollupWriter
    private let begin: StoreStatement
    private let commit: StoreStatement
    private let dataVersion: StoreStatement
    private let selectState: StoreStatement
    private let updateState: StoreStatement

    /// What is known of the database as of `knownVersion`.
    private var known = Known()
    /// `nil` when nothing can be relied on.
    private var knownVersion: Int64?

    private struct Known {
        var recent = RecentEvents(after: 0)
        var rolledThrough: Int64 = 0
        var pending: [RollupKey: UsageSums] = [:]
        var heads: [Int64: Head] = [:]
        var pass: IndexPass?
    }

    private struct Head {
        var sequence: Int64
        var hash: ReceiptHash
    }

    init(_ connection: StoreConnection, limits: SQLiteUsageStore.Limits) throws(SQLiteFailure) {
        self.connection = connection
        self.limits = limits
        inserter = try EventInserter(connection)
        index = try EventIndex(connection)
        tail = try EventTail(connection)
        rollups = try RollupWriter(connection)
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        dataVersion = try connection.prepare("PRAGMA data_version")
        selectState = try connection.prepare("SELECT rolledThrough, indexedThrough FROM storeState")
        updateState = try connection.prepare(
            """
            UPDATE storeState SET
                rolledThrough = max(rolledThrough, ?1), indexedThrough = max(indexedThrough, ?2)
            """)
    }

    /// Appends all submissions in one transaction, or none.
    func append(_ submissions: ArraySlice<Submission>) throws(SQLiteFailure) -> [[AppendOutcome]] {
        try transaction { () throws(SQLiteFailure) in
            let start = known.recent.last
            var outcomes: [[AppendOutcome]] = []
            outcomes.reserveCapacity(submissions.count)
            for submission in submissions { outcomes.append(try append(submission.events)) }
            if known.recent.last - known.rolledThrough >= limits.rollupInterval { try roll() }
            // Twice the pace at which events come: a pass ends before the next is due.
            try advanceIndex(Int(known.recent.last - start) * 2 + 1)
            return outcomes
        }
    }

    /// Brings roll-ups and indexes up to date, so that the next one to open the store has nothing to catch up with.
    func finish() throws(SQLiteFailure) {
        try transaction { () throws(SQLiteFailure) in
            if known.recent.last > known.rolledThrough { try roll() }
            while !known.recent.entries.isEmpty {
                if known.pass == nil { known.pass = IndexPass(known.recent) }
                try advanceIndex(.max)
            }
        }
    }

    // MARK: Transaction

    private func transaction<Value>(_ body: () throws(SQLiteFailure) -> Value) throws(SQLiteFailure) -> Value {
        // A rollback can fail as well, on a failing disk; then it is due now.
        if connection.isInTransaction { try connection.execute("ROLLBACK") }
        try begin.run()
        do throws(SQLiteFailure) {
            try synchronize()
            let value = try body()
            try commit.run()
            return value
        } catch {
            // What the transaction put into memory is not in the database.
            knownVersion = nil
            if connection.isInTransaction {
                do throws(SQLiteFailure) { try connection.execute("ROLLBACK") } catch {
                    // Tried again before the next transaction; this one's error is the one to report.
                }
            }
            throw error
        }
    }

    private func append(_ events: [UsageEvent]) throws(SQLiteFailure) -> [AppendOutcome] {
        var outcomes: [AppendOutcome] = []
        outcomes.reserveCapacity(events.count)
        // By index: an event in a variable of its own would be retained, part by part.
        for index in events.indices { outcomes.append(try append(events[index])) }
        return outcomes
    }

    private func append(_ event: UsageEvent) throws(SQLiteFailure) -> AppendOutcome {
        let slot = EventSlot.slot(of: event.id)
        let isRecent = try known.recent.contains(slot) { position throws(SQLiteFailure) in
            try index.hasID(event.id, at: position)
        }
        if isRecent { return .duplicate }
        if try index.position(of: event.id, slot: slot) != nil { return .duplicate }

        let customer = try inserter.customer(event.customer)
        var head = try head(of: customer)
        head.sequence += 1
        head.hash = CanonicalReceipt.hash(event, sequence: head.sequence, previousHash: head.hash)
        let position = known.recent.last + 1
        let (place, sums) = try inserter.insert(
            event, customer: customer, sequence: head.sequence, hash: head.hash, position: position)
        known.heads[customer] = head
        known.recent.append(.init(slot: slot, customer: customer, sequence: head.sequence))
        known.pending[place, default: UsageSums()] += sums
        return .appended(sequence: head.sequence, hash: head.hash)
    }

    private func head(of customer: Int64) throws(SQLiteFailure) -> Head {
        if let head = known.heads[customer] { return head }
        guard let stored = try index.head(of: customer) else { return Head(sequence: 0, hash: .zero) }
        return Head(sequence: stored.sequence, hash: stored.hash)
    }

    private func roll() throws(SQLiteFailure) {
        try rollups.add(known.pending)
        known.rolledThrough = known.recent.last
        known.pending.removeAll(keepingCapacity: known.pending.count <= 4_096)
        try saveState()
    }

    private func advanceIndex(_ count: Int) throws(SQLiteFailure) {
        if known.pass == nil, known.recent.entries.count >= limits.indexInterval {
            known.pass = IndexPass(known.recent)
        }
        guard let pass = known.pass else { return }
        try pass.advance(count, with: index)
        guard pass.isDone else { return }
        known.recent.removeThrough(pass.end)
        known.pass = nil
        // Chains of customers without recent events can be read back from the index.
        if known.heads.count > 65_536, known.recent.entries.isEmpty { known.heads = [:] }
        try saveState()
    }

    private func saveState() throws(SQLiteFailure) {
        updateState.bind(known.rolledThrough, at: 1)
        updateState.bind(known.recent.base, at: 2)
        try updateState.run()
    }

    // MARK: Other writers

    /// Makes `known` true inside a transaction that has just begun.
    private func synchronize() throws(SQLiteFailure) {
        let version = try dataVersion.firstInteger()
        if let knownVersion, version == knownVersion { return }
        guard try selectState.step() else {
            throw SQLiteFailure(code: 11, message: "the row of storeState is missing")
        }
        let rolledThrough = selectState.integer(at: 0)
        let indexedThrough = selectState.integer(at: 1)
        selectState.reset()
        if knownVersion == nil || indexedThrough > known.recent.last {
            inserter.reset()
            tail.reset()
            rollups.reset()
            known = Known()
            known.recent = RecentEvents(after: indexedThrough)
            known.rolledThrough = rolledThrough
            try readTail(after: min(rolledThrough, indexedThrough), pendingAfter: rolledThrough)
        } else {
            try catchUp(rolledThrough: rolledThrough, indexedThrough: indexedThrough)
        }
        knownVersion = version
    }

    private func catchUp(rolledThrough: Int64, indexedThrough: Int64) throws(SQLiteFailure) {
        if indexedThrough > known.recent.base {
            known.recent.removeThrough(indexedThrough)
            if let pass = known.pass, pass.end <= indexedThrough { known.pass = nil }
        }
        let last = known.recent.last
        if rolledThrough > known.rolledThrough {
            known.pending = [:]
            known.rolledThrough = rolledThrough
            try readTail(after: min(last, rolledThrough), pendingAfter: rolledThrough)
        } else {
            try readTail(after: last, pendingAfter: last)
        }
    }

    private func readTail(after position: Int64, pendingAfter rolledThrough: Int64) throws(SQLiteFailure) {
        try tail.read(after: position) { event, row throws(SQLiteFailure) in
            if event.position > known.recent.last {
                guard event.position == known.recent.last + 1, let hash = row.digest(at: 12) else {
                    throw SQLiteFailure(code: 11, message: "event \(event.position) does not follow the one before")
                }
                let id = EventID(rawValue: row.text(at: 11))
                known.recent.append(
                    .init(slot: EventSlot.slot(of: id), customer: event.customer, sequence: event.sequence))
                known.heads[event.customer] = Head(sequence: event.sequence, hash: hash)
            }
            if event.position > rolledThrough { known.pending[event.key, default: UsageSums()] += event.sums }
        }
    }
}
