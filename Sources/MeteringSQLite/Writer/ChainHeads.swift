internal import Metering

/// The ends of the customers' chains: those of recent customers in memory, the others from the database.
///
/// It has a connection of its own, so that one group can be prepared while the one before is being written.
final class ChainHeads {
    struct Head: Sendable {
        var sequence: Int64
        var hash: ReceiptHash
    }

    /// The ends of chains; all customers of the tail are in it.
    private(set) var heads: [CustomerID: Head] = [:]
    private let connection: StoreConnection
    private let index: ChainIndex
    private let begin: StoreStatement
    private let commit: StoreStatement
    private let selectCustomer: StoreStatement
    private let selectID: StoreStatement
    /// The ids of the group that is being written, while duplicates are looked for.
    private var previous: Set<EventID> = []
    /// How many more events to look up before appending them.
    ///
    /// Mostly events are new, and the constraint finds the rare duplicate. Where there was one there are more.
    private var lookUps = 0

    init(_ connection: StoreConnection) throws(SQLiteFailure) {
        self.connection = connection
        index = try ChainIndex(connection)
        begin = try connection.prepare("BEGIN")
        commit = try connection.prepare("COMMIT")
        selectCustomer = try connection.prepare("SELECT number FROM eventCustomer WHERE name = ?1")
        selectID = try connection.prepare("SELECT 1 FROM event WHERE id = ?1")
    }

    /// Takes note of an event that is stored.
    func note(_ head: Head, of customer: CustomerID) {
        if let known = heads[customer], known.sequence >= head.sequence { return }
        heads[customer] = head
    }

    /// Forgets all chains.
    func reset() {
        heads = [:]
        previous = []
    }

    /// Looks up the coming events: a duplicate was met.
    func expectDuplicates() { lookUps = 65_536 }

    /// Decides what becomes of each event when the group follows all that were prepared before it.
    func prepare(_ submissions: ArraySlice<Submission>) throws(SQLiteFailure) -> PreparedGroup {
        var group = PreparedGroup(submissions: submissions)
        do throws(SQLiteFailure) {
            try begin.run()
            if lookUps > 0 {
                let duplicates = try duplicates(in: &group)
                try decide(&group) { !duplicates.contains(Place(submission: $0, event: $1)) }
            } else {
                previous = []
                try decide(&group) { _, _ in true }
            }
            try commit.run()
        } catch {
            takeBack(group)
            if connection.isInTransaction { try connection.execute("ROLLBACK") }
            throw error
        }
        group.rows.sort { $0.leading < $1.leading }
        return group
    }

    /// Undoes ``prepare(_:)`` of the group that was prepared last.
    func takeBack(_ group: PreparedGroup) {
        for (customer, head) in group.headsBefore { heads[customer] = head }
        previous = []
    }

    private struct Place: Hashable {
        var submission: Int
        var event: Int
    }

    private func decide(
        _ group: inout PreparedGroup, isNew: (_ submission: Int, _ event: Int) -> Bool
    ) throws(SQLiteFailure) {
        group.outcomes.reserveCapacity(group.submissions.count)
        group.rows.reserveCapacity(group.eventCount)
        var encoder = ReceiptHasher()
        for submission in group.submissions.indices {
            let events = group.submissions[submission].events
            var outcomes: [AppendOutcome] = []
            outcomes.reserveCapacity(events.count)
            // Through the buffer events are borrowed; from the array they would be copied, part by part.
            try events.withUnsafeBufferPointer { events throws(SQLiteFailure) in
                for event in events.indices {
                    guard isNew(submission, event) else {
                        outcomes.append(.duplicate)
                        continue
                    }
                    let customer = events[event].customer
                    var head = try head(of: customer)
                    if group.headsBefore[customer] == nil { group.headsBefore[customer] = head }
                    head.sequence += 1
                    head.hash = encoder.hash(events[event], sequence: head.sequence, previousHash: head.hash)
                    heads[customer] = head
                    outcomes.append(.appended(sequence: head.sequence, hash: head.hash))
                    group.rows.append(
                        .init(
                            submission: submission, event: event, sequence: head.sequence, hash: head.hash,
                            leading: events[event].id.leadingBytes))
                }
            }
            group.outcomes.append(outcomes)
        }
    }

    private func head(of customer: CustomerID) throws(SQLiteFailure) -> Head {
        if let head = heads[customer] { return head }
        selectCustomer.bind(customer.rawValue, at: 1)
        guard let number = try selectCustomer.firstInteger(), let stored = try index.head(of: number) else {
            return Head(sequence: 0, hash: .zero)
        }
        return Head(sequence: stored.sequence, hash: stored.hash)
    }

    /// The events that are stored, in the group being written, or earlier in this group.
    private func duplicates(in group: inout PreparedGroup) throws(SQLiteFailure) -> Set<Place> {
        var first: Set<EventID> = []
        var duplicates: Set<Place> = []
        for submission in group.submissions.indices {
            let events = group.submissions[submission].events
            for event in events.indices {
                let id = events[event].id
                var isStored = previous.contains(id)
                if !isStored { isStored = try self.isStored(id) }
                if isStored {
                    group.hasStoredDuplicates = true
                    duplicates.insert(Place(submission: submission, event: event))
                } else if !first.insert(id).inserted {
                    duplicates.insert(Place(submission: submission, event: event))
                }
            }
        }
        if group.hasStoredDuplicates { expectDuplicates() } else { lookUps = max(0, lookUps - group.eventCount) }
        previous = first
        return duplicates
    }

    private func isStored(_ id: EventID) throws(SQLiteFailure) -> Bool {
        selectID.bind(id.rawValue, at: 1)
        return try selectID.firstInteger() != nil
    }
}
