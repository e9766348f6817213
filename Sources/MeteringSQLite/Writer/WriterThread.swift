internal import Foundation
internal import Metering
internal import Synchronization

/// The one thread that writes events: takes what is queued, commits it as a group, and tells the callers.
///
/// A thread of its own, because a commit waits for the disk, and a waiting task would hold one of the few threads that
/// tasks share.
final class WriterThread: Sendable {
    private let queue = SubmissionQueue()
    /// `nil` after ``disconnect()``.
    private let appender: Mutex<Appender?>
    private let preparation: Preparation
    private let checkpointer: Checkpointer
    private let path: String
    private let options: SQLiteUsageStore.Options
    private let ending = Mutex(Ending())

    private struct Ending {
        var result: Result<Void, MeteringError>?
        var waiters: [@Sendable (Result<Void, MeteringError>) -> Void] = []
    }

    /// Starts the thread.
    ///
    /// It ends after ``close()``.
    init(path: String, options: SQLiteUsageStore.Options) throws(SQLiteFailure) {
        self.path = path
        self.options = options
        let connection = try StoreConnection(path: path, busyTimeout: options.busyTimeoutMilliseconds)
        try connection.execute(
            """
            PRAGMA synchronous = \(options.durability == .full ? "FULL" : "NORMAL");
            PRAGMA cache_size = -\(options.writerCacheKilobytes);
            PRAGMA secure_delete = OFF;
            PRAGMA mmap_size = 0;
            PRAGMA journal_size_limit = 134217728;
            """)
        try connection.disableTriggers()
        if let pages = options.maximumPageCount { try connection.execute("PRAGMA max_page_count = \(pages)") }
        let readConnection = try StoreConnection(path: path, busyTimeout: options.busyTimeoutMilliseconds)
        try readConnection.execute("PRAGMA query_only = ON; PRAGMA cache_size = -4096; PRAGMA mmap_size = 0")
        preparation = Preparation(try ChainHeads(readConnection))
        checkpointer = try Checkpointer(path: path, writer: connection)
        appender = Mutex(try Appender(connection, preparation: preparation, options: options))
    }

    func start() {
        let thread = Thread { self.run() }
        thread.name = "store-writer"
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Queues a submission; `false` after ``close()``.
    func add(_ submission: Submission) -> Bool { queue.add(submission) }

    /// Accepts no more submissions, and lets the thread end when all is written.
    func close() { queue.close() }

    /// Waits until the thread has ended.
    func waitForEnd() async throws(MeteringError) {
        let result = await withCheckedContinuation { continuation in
            let known = ending.withLock { ending in
                if ending.result == nil { ending.waiters.append { continuation.resume(returning: $0) } }
                return ending.result
            }
            if let known { continuation.resume(returning: known) }
        }
        try result.get()
    }

    /// Closes the connection of a thread that has ended.
    ///
    /// The last connection to a file that can write brings the log into the file, and removes it.
    func disconnect() {
        checkpointer.disconnect()
        preparation.disconnect()
        appender.withLock { $0 = nil }
    }

    private func run() {
        while let submissions = queue.take(delay: options.commitDelayMicroseconds, enough: options.batchLimit) {
            // With nothing under way, half of many events are left, to be prepared while the first half is written.
            var groups = groups(of: submissions, underWay: 0)
            var prepared: PreparedGroup?
            while !groups.isEmpty {
                let group = groups.removeFirst()
                // What came meanwhile is prepared while this is written.
                if groups.isEmpty { groups = self.groups(of: queue.takeQueued(), underWay: Self.eventCount(of: group)) }
                let isAhead = groups.first.map { Self.isWorthAThread($0) } ?? false
                if isAhead, prepared == nil { prepared = preparing(group) }
                if isAhead, prepared != nil, let next = groups.first { preparation.start(next) }
                commit(group, prepared: prepared)
                prepared = preparation.take()
                checkpointer.checkpointIfDue()
            }
        }
        let result: Result<Void, MeteringError>
        do throws(SQLiteFailure) {
            try appender.withLock { appender throws(SQLiteFailure) in try appender?.finish() }
            result = .success(())
        } catch {
            result = .failure(error.error(path: path))
        }
        let waiters = ending.withLock { ending in
            ending.result = result
            defer { ending.waiters = [] }
            return ending.waiters
        }
        for waiter in waiters { waiter(result) }
    }

    /// Cuts what is queued into transactions; a submission is never cut.
    ///
    /// Each is about half of all that is there, so that neither the writing of one nor the preparation of the next waits
    /// for the other for long.
    ///
    /// - Parameter underWay: How many events the transaction has that is about to be written.
    private func groups(of submissions: [Submission], underWay: Int) -> [ArraySlice<Submission>] {
        guard !submissions.isEmpty else { return [] }
        let total = submissions.reduce(0) { $0 + $1.events.count }
        let isDivided = total >= options.limits.divided
        let limit = min(isDivided ? (underWay + total + 1) / 2 : total, options.batchLimit)
        var groups: [ArraySlice<Submission>] = []
        var start = 0
        var count = 0
        for (index, submission) in submissions.enumerated() {
            if count > 0, count + submission.events.count > limit {
                groups.append(submissions[start..<index])
                start = index
                count = 0
            }
            count += submission.events.count
        }
        groups.append(submissions[start...])
        return groups
    }

    /// Whether to prepare a group on another thread: for a few events it would cost more than it saves.
    private static func isWorthAThread(_ group: ArraySlice<Submission>) -> Bool { eventCount(of: group) >= 256 }

    private static func eventCount(of group: ArraySlice<Submission>) -> Int {
        group.reduce(0) { $0 + $1.events.count }
    }

    /// Prepares a group here, so that the next one can be prepared after it.
    private func preparing(_ group: ArraySlice<Submission>) -> PreparedGroup? {
        do throws(SQLiteFailure) { return try preparation.prepareNow(group) } catch {
            // It is tried again, and reported, inside the transaction.
            return nil
        }
    }

    private func commit(_ group: ArraySlice<Submission>, prepared: PreparedGroup?) {
        let result = appending(group, prepared)
        switch result {
        case .success(let outcomes):
            for (submission, outcomes) in zip(group, outcomes) { submission.completion(.success(outcomes)) }
        case .failure(let failure) where failure.isIntrinsic && group.count > 1:
            // One of them cannot be stored. Each for itself, so that the others can.
            for index in group.indices { commit(group[index...index], prepared: nil) }
        case .failure(let failure):
            for submission in group { submission.completion(.failure(failure.error(path: path))) }
        }
    }

    private func appending(
        _ group: ArraySlice<Submission>, _ prepared: PreparedGroup?
    ) -> Result<[[AppendOutcome]], SQLiteFailure> {
        do throws(SQLiteFailure) {
            return .success(
                try appender.withLock { appender throws(SQLiteFailure) in
                    try appender?.append(group, prepared: prepared) ?? []
                })
        } catch {
            return .failure(error)
        }
    }
}
