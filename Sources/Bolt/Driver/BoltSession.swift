internal import Logging
internal import NIOCore
internal import Synchronization

/// A series of units of work, each of which sees what the ones before did.
///
/// A session does one thing at a time. Get one from ``BoltDriver/withSession(_:_:)``.
public final class BoltSession: Sendable {
    private struct State {
        var bookmarks: Set<String>
        /// The database, once it is known.
        var database: String?
        /// The result of the last query by itself, while it may be unread.
        var current: BoltResult?
        var isInTransaction = false
        var isClosed = false
    }

    let driver: BoltDriver
    let configuration: BoltSessionConfiguration
    /// Where the session's work runs, when it stays with its connections.
    let executor: EventLoopExecutor?
    private let state: Mutex<State>

    init(driver: BoltDriver, configuration: BoltSessionConfiguration) {
        self.driver = driver
        self.configuration = configuration
        executor = configuration.staysOnEventLoop ? driver.router.makeExecutor() : nil
        state = Mutex(State(bookmarks: configuration.bookmarks.values, database: configuration.database))
    }

    /// What the work of this session must see, and what later work elsewhere needs to see this session's.
    public var bookmarks: BoltBookmarks { BoltBookmarks(state.withLock { $0.bookmarks }) }

    // MARK: Queries by themselves

    /// Runs a query in a transaction of its own that is not tried again.
    ///
    /// The next unit of work of the session reads what is left of the result into memory.
    public func run(
        _ query: BoltQuery, configuration: BoltTransactionConfiguration = BoltTransactionConfiguration()
    ) async throws(BoltError) -> BoltResult {
        try await begin(asTransaction: false)
        do throws(BoltError) {
            return try await autoCommit(query, configuration, isRetry: false)
        } catch {
            // The server states that nothing happened, so once more is safe.
            guard driver.configuration.retriesAutoCommit, error.server?.isKnownToHaveChangedNothing == true else {
                throw error
            }
            return try await autoCommit(query, configuration, isRetry: true)
        }
    }

    private func autoCommit(
        _ query: BoltQuery, _ settings: BoltTransactionConfiguration, isRetry: Bool
    ) async throws(BoltError) -> BoltResult {
        let mode = configuration.accessMode
        let (lease, began) = try await acquire(mode)
        let connection = lease.connection
        var writer = connection.writer()
        var sinks: [BoltConnection.Sink] = []
        if !isRetry { try telemetry(.autoCommit, &writer, &sinks, connection) }
        let stream = ResultStream(limits: ResultStream.Limits(fetchSize: fetchSize))
        try writer.run(query, extra: extra(mode, settings, bookmarks: began, connection))
        try writer.pull(fetchSize, qid: nil)
        sinks += [.run(stream), .records(stream)]
        let result = BoltResult(stream: stream, query: query, lease: lease) { [weak self] outcome in
            switch outcome {
            case .success(let end):
                if let bookmark = end.pull["bookmark"]?.string { self?.note(bookmark, instead: began) }
            case .failure(let error): lease.failed(error)
            }
            lease.release()
        }
        try connection.send(writer, sinks)
        do throws(BoltError) { try await result.waitUntilItRuns() } catch {
            throw await judged(error, connection)
        }
        learnDatabase(stream.run)
        state.withLock { $0.current = result }
        return result
    }

    // MARK: Transactions

    /// Runs work that only reads, on a server for reading, and tries again where that can help.
    ///
    /// The work may run several times, so it should do nothing outside the transaction that cannot be repeated.
    @discardableResult
    public func executeRead<T>(
        configuration: BoltTransactionConfiguration = BoltTransactionConfiguration(),
        _ work: (BoltTransaction) async throws -> T
    ) async throws -> T {
        try await managed(.read, configuration, work)
    }

    /// Runs work that writes, and tries again where that can help.
    ///
    /// The work may run several times, so it should do nothing outside the transaction that cannot be repeated. It is
    /// committed when it returns, and rolled back when it throws.
    @discardableResult
    public func executeWrite<T>(
        configuration: BoltTransactionConfiguration = BoltTransactionConfiguration(),
        _ work: (BoltTransaction) async throws -> T
    ) async throws -> T {
        try await managed(.write, configuration, work)
    }

    /// Runs work in one transaction that is not tried again.
    ///
    /// It is committed when the work returns, and rolled back when it throws.
    @discardableResult
    public func withTransaction<T>(
        configuration: BoltTransactionConfiguration = BoltTransactionConfiguration(),
        _ work: (BoltTransaction) async throws -> T
    ) async throws -> T {
        try await transaction(self.configuration.accessMode, configuration, .explicitTransaction, work)
    }

    private func managed<T>(
        _ mode: BoltAccessMode, _ settings: BoltTransactionConfiguration, _ work: (BoltTransaction) async throws -> T
    ) async throws -> T {
        try await retrying { isFirst in
            try await transaction(mode, settings, isFirst ? .managedTransaction : nil, work)
        }
    }

    private func transaction<T>(
        _ mode: BoltAccessMode, _ settings: BoltTransactionConfiguration, _ interface: TelemetryInterface?,
        _ work: (BoltTransaction) async throws -> T
    ) async throws -> T {
        try await begin(asTransaction: true)
        defer { state.withLock { $0.isInTransaction = false } }
        let (lease, began) = try await acquire(mode)
        defer { lease.release() }
        let connection = lease.connection
        var writer = connection.writer()
        var sinks: [BoltConnection.Sink] = []
        if let interface { try telemetry(interface, &writer, &sinks, connection) }
        try writer.begin(extra(mode, settings, bookmarks: began, connection))
        // Not awaited: the first query goes out behind it, and is ignored by the server if it fails.
        try connection.send(writer, sinks + [begun])
        let transaction = BoltTransaction(lease: lease, fetchSize: fetchSize) {
            await self.remember($0, instead: began)
        }
        do {
            let value = try await work(transaction)
            try await transaction.end()
            return value
        } catch {
            await transaction.abandon()
            guard let error = error as? BoltError else { throw error }
            throw await judged(error, connection)
        }
    }

    // MARK: Parts of every unit of work

    var fetchSize: Int { configuration.fetchSize ?? driver.configuration.fetchSize }

    private func begin(asTransaction: Bool) async throws(BoltError) {
        let current = try state.withLock { state throws(BoltError) -> BoltResult? in
            guard !state.isClosed else { throw BoltError(.sessionClosed, "the session was used after its end") }
            guard !state.isInTransaction else {
                throw BoltError(.sessionClosed, "the session is in a transaction; use another session beside it")
            }
            state.isInTransaction = asTransaction
            return state.current.take()
        }
        guard let current else { return }
        await current.detach()
        await configuration.bookmarkManager?.publish()
    }

    func acquire(_ mode: BoltAccessMode) async throws(BoltError) -> (ConnectionLease, bookmarks: Set<String>) {
        var (bookmarks, database) = state.withLock { ($0.bookmarks, $0.database) }
        if let manager = configuration.bookmarkManager { bookmarks.formUnion(try await manager.current()) }
        let (lease, home) = try await driver.router.acquire(need(mode, database: database, bookmarks: bookmarks))
        if database == nil, let home { state.withLock { $0.database = home } }
        return (lease, bookmarks)
    }

    private func need(_ mode: BoltAccessMode, database: String?, bookmarks: Set<String> = []) -> Router.Need {
        Router.Need(
            mode: mode, database: database, impersonatedUser: configuration.impersonatedUser,
            bookmarks: bookmarks.sorted(), authentication: configuration.authentication,
            eventLoop: executor?.eventLoop)
    }

    /// Stays with the database that the server chose, if it was left to it; `metadata` answers `RUN` or `BEGIN`.
    private func learnDatabase(_ metadata: BoltMap?) {
        guard configuration.database == nil, let database = metadata?["db"]?.string else { return }
        let isNew = state.withLock { state in
            guard state.database == nil else { return false }
            state.database = database
            return true
        }
        if isNew { driver.router.note(home: database, of: need(.read, database: nil)) }
    }

    /// Takes the answer to `BEGIN`.
    var begun: BoltConnection.Sink {
        guard configuration.database == nil else { return .nobody }
        return .callback { [weak self] answer in
            if case .success(let metadata) = answer { self?.learnDatabase(metadata) }
        }
    }

    func extra(
        _ mode: BoltAccessMode, _ settings: BoltTransactionConfiguration, bookmarks: Set<String>,
        _ connection: BoltConnection
    ) -> ExtraMap {
        var extra = ExtraMap()
        if mode == .read { extra["mode"] = "r" }
        if let database = state.withLock({ $0.database }) { extra["db"] = database }
        if !bookmarks.isEmpty { extra["bookmarks"] = bookmarks.sorted() }
        if let user = configuration.impersonatedUser { extra["imp_user"] = user }
        settings.add(to: &extra)
        configuration.notifications?.add(to: &extra, version: connection.dialect.version)
        return extra
    }

    func telemetry(
        _ interface: TelemetryInterface, _ writer: inout RequestWriter, _ sinks: inout [BoltConnection.Sink],
        _ connection: BoltConnection
    ) throws(BoltError) {
        guard driver.configuration.sendsTelemetry, connection.server.takesTelemetry, writer.dialect.version >= .v54
        else { return }
        try writer.telemetry(interface)
        sinks.append(.nobody)
    }

    /// Notes the bookmark that a unit of work ended with, instead of those it began with.
    private func note(_ bookmark: String, instead previous: Set<String>) {
        state.withLock { $0.bookmarks = [bookmark] }
        configuration.bookmarkManager?.replace(previous, by: bookmark)
    }

    func remember(_ bookmark: String, instead previous: Set<String>) async {
        note(bookmark, instead: previous)
        await configuration.bookmarkManager?.publish()
    }

    /// The error, made retryable when the driver's provider expects better credentials next time.
    func judged(_ error: BoltError, _ connection: BoltConnection) async -> BoltError {
        await driver.router.judged(
            error, connection.authentication, isOwn: configuration.authentication != nil)
    }

    /// Runs the body, again and again while its failures are of the kind that may pass.
    func retrying<T, Failure: Error>(_ body: (_ isFirst: Bool) async throws(Failure) -> T) async throws(Failure) -> T {
        var backoff = Backoff(
            initialDelay: driver.configuration.initialRetryDelay, limit: driver.configuration.maximumRetryTime)
        let stopwatch = Stopwatch(driver.clock)
        var generator = SystemRandomNumberGenerator()
        var isFirst = true
        while true {
            do throws(Failure) {
                return try await body(isFirst)
            } catch {
                isFirst = false
                guard let failure = error as? BoltError, failure.isRetryable, !Task.isCancelled,
                    let pause = backoff.next(after: stopwatch.elapsed(), using: &generator)
                else { throw error }
                driver.logger.debug("trying again", metadata: ["because": "\(failure)", "pause": "\(pause)"])
                do { try await driver.clock.sleep(for: pause) } catch {
                    // lint: dropped. Cancelled: the body finds out by itself, if it is still of interest.
                }
                guard !Task.isCancelled else { throw error }
            }
        }
    }

    func close() async {
        let current = state.withLock { state in
            state.isClosed = true
            return state.current.take()
        }
        guard let current else { return }
        do throws(BoltError) { try await current.consume() } catch {
            // lint: dropped. Its reader has been told, or has lost interest.
        }
        await configuration.bookmarkManager?.publish()
    }
}

extension BoltError {
    /// Throws ``Code/cancelled`` when the task is cancelled: what has not been sent need not be, and its outcome is known.
    static func checkCancellation() throws(BoltError) {
        guard Task.isCancelled else { return }
        throw BoltError(.cancelled, "the task was cancelled before the work was sent")
    }

    /// The error for a transaction whose commit was sent and not answered.
    static func lostCommit(_ error: BoltError) -> BoltError {
        guard error.server == nil, error.code != .unsupportedValue, error.code != .invalidQuery else { return error }
        return BoltError(
            .commitOutcomeUnknown,
            "the connection was lost while the commit was under way, so the transaction may have happened or not: \(error)"
        )
    }
}
