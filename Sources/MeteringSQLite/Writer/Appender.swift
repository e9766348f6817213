internal import Metering

/// Appends events: the state behind the one thread that writes, and the transaction it runs.
///
/// Besides the database it knows, in memory, the events that `chainPart` does not hold yet, and the sums that the
/// roll-ups do not hold yet. All of that can be read back from the database: it is thrown away whenever a transaction
/// fails, and brought up to date when another process has written.
final class Appender {

    private let connection: StoreConnection
    private let options: SQLiteUsageStore.Options
    private let preparation: Preparation
    private let inserter: EventInserter
    private let index: ChainIndex
    private let tail: EventTail
    private let rollups: RollupWriter
    private let begin: StoreStatement
    private let commit: StoreStatement
    private let dataVersion: StoreStatement
    private let selectState: StoreStatement
    private let selectCustomer: StoreStatement
    private let updateState: StoreStatement

    /// What is known of the database as of `knownVersion`.
    private var known = Known()
    /// `nil` when nothing can be relied on.
    private var knownVersion: Int64?

    /// The group about to be written, while it is known to be right.
    private var inHand: PreparedGroup?

    /// How many small groups came since the last large one.
    private var smallGroups = Appender.patience

    private struct Known {
        var tail = ChainTail(after: 0)
        var rolledThrough: Int64 = 0
        var pending: [RollupKey: UsageSums] = [:]
        var pass: IndexPass?
    }

    init(
        _ connection: StoreConnection, preparation: Preparation, options: SQLiteUsageStore.Options
    ) throws(SQLiteFailure) {
        self.connection = connection
        self.preparation = preparation
        self.options = options
        inserter = try EventInserter(connection)
        index = try ChainIndex(connection)
        tail = try EventTail(connection)
        rollups = try RollupWriter(connection)
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        dataVersion = try connection.prepare("PRAGMA data_version")
        selectState = try connection.prepare("SELECT rolledThrough, indexedThrough FROM storeState")
        selectCustomer = try connection.prepare("SELECT name FROM eventCustomer WHERE number = ?1")
        updateState = try connection.prepare(
            """
            UPDATE storeState SET
                rolledThrough = max(rolledThrough, ?1), indexedThrough = max(indexedThrough, ?2)
            """)
    }

    /// Appends a group in one transaction, or nothing of it.
    ///
    /// - Parameter prepared: The group's events, prepared after all that were committed before; `nil` to do it here.
    func append(
        _ submissions: ArraySlice<Submission>, prepared: PreparedGroup?
    ) throws(SQLiteFailure) -> [[AppendOutcome]] {
        inHand = prepared
        try resizeCache(for: submissions.reduce(0) { $0 + $1.events.count })
        while true {
            let outcomes = try transaction { () throws(SQLiteFailure) -> [[AppendOutcome]]? in
                let group: PreparedGroup
                if let inHand { group = inHand } else { group = try preparation.prepareNow(submissions) }
                inHand = nil
                return try write(group) ? group.outcomes : nil
            }
            if let outcomes { return outcomes }
            // The constraint has met an id that is stored: look for all of them.
        }
    }

    /// Brings roll-ups and indexes up to date, so that the next one to open the store has nothing to catch up with.
    func finish() throws(SQLiteFailure) {
        _ = try transaction { () throws(SQLiteFailure) -> Bool? in
            if known.tail.last > known.rolledThrough { try roll() }
            while !known.tail.entries.isEmpty {
                if known.pass == nil { known.pass = IndexPass(known.tail) }
                try advanceIndex(.max)
            }
            return true
        }
    }

    /// Gives the connection a page cache as large as what it is writing asks for.
    private func resizeCache(for eventCount: Int) throws(SQLiteFailure) {
        if eventCount >= 4_096 {
            if smallGroups != 0 { try connection.execute("PRAGMA cache_size = -\(options.bulkCacheKilobytes)") }
            smallGroups = 0
        } else if smallGroups < Self.patience {
            smallGroups += 1
            guard smallGroups == Self.patience else { return }
            try connection.execute("PRAGMA cache_size = -\(options.writerCacheKilobytes)")
        }
    }

    /// After so many small groups the large page cache is given back.
    private static let patience = 64

    // MARK: Transaction

    /// Runs `body` in a transaction, which is rolled back when it throws or returns `nil`.
    private func transaction<Value>(_ body: () throws(SQLiteFailure) -> Value?) throws(SQLiteFailure) -> Value? {
        // A rollback can fail as well, on a failing disk; then it is due now.
        if connection.isInTransaction { try connection.execute("ROLLBACK") }
        do throws(SQLiteFailure) {
            try begin.run()
            try synchronize()
            if let value = try body() {
                try commit.run()
                return value
            }
            try connection.execute("ROLLBACK")
            inserter.reset()
            return nil
        } catch {
            // What the transaction put into memory is not in the database.
            knownVersion = nil
            if connection.isInTransaction {
                do throws(SQLiteFailure) { try connection.execute("ROLLBACK") } catch {
                    // lint: dropped. Tried again before the next transaction; this one's error is the one to report.
                }
            }
            throw error
        }
    }

    /// Writes the new events of a group, in the order of their ids.
    ///
    /// - Returns: `false` when an id is stored already; then nothing in memory has changed.
    private func write(_ group: PreparedGroup) throws(SQLiteFailure) -> Bool {
        let start = known.tail.last
        var tail: [ChainTail.Entry] = []
        tail.reserveCapacity(group.rows.count)
        var sums: [(RollupKey, UsageSums)] = []
        sums.reserveCapacity(group.rows.count)
        for row in group.rows {
            let position = start + Int64(tail.count) + 1
            // Through the buffer the event is borrowed; from the array it would be copied, part by part.
            let inserted = try group.submissions[row.submission].events.withUnsafeBufferPointer {
                events throws(SQLiteFailure) in try inserter.insert(events[row.event], row, position: position)
            }
            guard let inserted else {
                preparation.rejected(group)
                return false
            }
            tail.append(.init(customer: inserted.place.customer, sequence: row.sequence))
            sums.append(inserted)
        }
        for entry in tail { known.tail.append(entry) }
        for (place, sums) in sums { known.pending[place, default: UsageSums()] += sums }
        if known.tail.last - known.rolledThrough >= options.limits.rollupInterval { try roll() }
        // Twice the pace at which events come: a pass ends before the next is due.
        try advanceIndex(tail.count * 2 + 1)
        return true
    }

    private func roll() throws(SQLiteFailure) {
        try rollups.add(known.pending)
        known.rolledThrough = known.tail.last
        known.pending.removeAll(keepingCapacity: known.pending.count <= 4_096)
        try saveState()
    }

    private func advanceIndex(_ count: Int) throws(SQLiteFailure) {
        if known.pass == nil, known.tail.entries.count >= options.limits.indexInterval {
            known.pass = IndexPass(known.tail)
        }
        guard let pass = known.pass else { return }
        try pass.advance(count, with: index)
        guard pass.isDone else { return }
        known.tail.removeThrough(pass.end)
        known.pass = nil
        try saveState()
    }

    private func saveState() throws(SQLiteFailure) {
        updateState.bind(known.rolledThrough, at: 1)
        updateState.bind(known.tail.base, at: 2)
        try updateState.run()
    }

    // MARK: Other writers

    /// Makes `known` true inside a transaction that has just begun.
    ///
    /// When another connection has written, what was prepared before is taken back: it may have the wrong place.
    private func synchronize() throws(SQLiteFailure) {
        let version = try dataVersion.firstInteger()
        if let knownVersion, version == knownVersion { return }
        preparation.discard(inHand)
        inHand = nil
        guard try selectState.step() else {
            throw SQLiteFailure(code: 11, message: "the row of storeState is missing")
        }
        let rolledThrough = selectState.integer(at: 0)
        let indexedThrough = selectState.integer(at: 1)
        selectState.reset()
        if knownVersion == nil || indexedThrough > known.tail.last {
            preparation.reset()
            inserter.reset()
            tail.reset()
            rollups.reset()
            known = Known()
            known.tail = ChainTail(after: indexedThrough)
            known.rolledThrough = rolledThrough
            try readTail(after: min(rolledThrough, indexedThrough), pendingAfter: rolledThrough)
        } else {
            try catchUp(rolledThrough: rolledThrough, indexedThrough: indexedThrough)
        }
        knownVersion = version
    }

    private func catchUp(rolledThrough: Int64, indexedThrough: Int64) throws(SQLiteFailure) {
        if indexedThrough > known.tail.base {
            known.tail.removeThrough(indexedThrough)
            if let pass = known.pass, pass.end <= indexedThrough { known.pass = nil }
        }
        let last = known.tail.last
        if rolledThrough > known.rolledThrough {
            known.pending = [:]
            known.rolledThrough = rolledThrough
            try readTail(after: min(last, rolledThrough), pendingAfter: rolledThrough)
        } else {
            try readTail(after: last, pendingAfter: last)
        }
    }

    private func readTail(after position: Int64, pendingAfter rolledThrough: Int64) throws(SQLiteFailure) {
        var ends: [Int64: ChainHeads.Head] = [:]
        try tail.read(after: position) { event, row throws(SQLiteFailure) in
            if event.position > known.tail.last {
                guard event.position == known.tail.last + 1, let hash = row.digest(at: 11) else {
                    throw SQLiteFailure(code: 11, message: "event \(event.position) does not follow the one before")
                }
                known.tail.append(.init(customer: event.customer, sequence: event.sequence))
                if ends[event.customer].map({ $0.sequence < event.sequence }) ?? true {
                    ends[event.customer] = .init(sequence: event.sequence, hash: hash)
                }
            }
            if event.position > rolledThrough { known.pending[event.key, default: UsageSums()] += event.sums }
        }
        if ends.isEmpty { return }
        var named: [CustomerID: ChainHeads.Head] = [:]
        for (customer, head) in ends {
            selectCustomer.bind(customer, at: 1)
            defer { selectCustomer.reset() }
            guard try selectCustomer.step() else {
                throw SQLiteFailure(code: 11, message: "events refer to customer \(customer), which is not there")
            }
            named[CustomerID(rawValue: selectCustomer.text(at: 0))] = head
        }
        preparation.learn(named)
    }
}
