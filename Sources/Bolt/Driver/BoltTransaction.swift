internal import Synchronization

/// A transaction: queries that happen together or not at all.
///
/// Get one from ``BoltSession/executeWrite(configuration:_:)`` and its siblings. Several results may be open at once.
public final class BoltTransaction: Sendable {
    private enum Phase {
        case open
        /// A query failed, so the server will not commit.
        case failed(BoltError)
        case closed
    }

    private struct State {
        var phase = Phase.open
        var results: [BoltResult] = []
    }

    private let lease: ConnectionLease
    private let fetchSize: Int
    private let onCommit: @Sendable (String) async -> Void
    private let state = Mutex(State())

    init(lease: ConnectionLease, fetchSize: Int, onCommit: @escaping @Sendable (String) async -> Void) {
        self.lease = lease
        self.fetchSize = fetchSize
        self.onCommit = onCommit
    }

    /// Runs a query; its records come while they are read.
    ///
    /// Throws ``BoltError/Code/transactionClosed`` after the transaction's end, and the failure of an earlier query.
    public func run(_ query: BoltQuery) async throws(BoltError) -> BoltResult {
        try checkOpen()
        let connection = lease.connection
        let stream = ResultStream(limits: ResultStream.Limits(fetchSize: fetchSize))
        var writer = connection.writer()
        try writer.run(query, extra: nil)
        try writer.pull(fetchSize, qid: nil)
        let result = BoltResult(stream: stream, query: query, lease: lease) { [weak self] outcome in
            self?.ended(stream, outcome)
        }
        state.withLock { $0.results.append(result) }
        do throws(BoltError) { try connection.send(writer, [.run(stream), .records(stream)]) } catch {
            fail(error)
            throw error
        }
        try await result.waitUntilItRuns()
        return result
    }

    /// Runs a query and reads all its records.
    public func execute(_ query: BoltQuery) async throws(BoltError) -> BoltEagerResult {
        let result = try await run(query)
        let records = try await result.collect()
        return BoltEagerResult(keys: result.keys, records: records, summary: try await result.summary())
    }

    /// Commits ahead of the end of the scope; unread records are dropped.
    ///
    /// Throws ``BoltError/Code/commitOutcomeUnknown`` when the connection breaks before the answer, and
    /// ``BoltError/Code/cancelled``, with nothing committed, when the task was cancelled before the commit was sent.
    public func commit() async throws(BoltError) {
        try checkOpen()
        for result in state.withLock({ $0.results }) { try await result.consume() }
        try checkOpen()
        try BoltError.checkCancellation()
        var writer = lease.connection.writer()
        try writer.plain(.commit)
        let reply = PendingReply<BoltMap>()
        do throws(BoltError) { try lease.connection.send(writer, [.reply(reply)]) } catch {
            fail(error)
            throw error
        }
        let metadata: BoltMap
        do throws(BoltError) {
            metadata = try await reply.value(onCancel: lease.connection.closeBecauseCancelled)
        } catch {
            fail(error)
            throw BoltError.lostCommit(error)
        }
        state.withLock { $0.phase = .closed }
        if let bookmark = metadata["bookmark"]?.string { await onCommit(bookmark) }
    }

    /// Rolls back ahead of the end of the scope.
    public func rollback() async throws(BoltError) {
        try checkOpen()
        let results = state.withLock { state in
            state.phase = .closed
            return state.results
        }
        var writer = lease.connection.writer()
        // With results open, the protocol has no rollback: a reset does it.
        try writer.plain(results.isEmpty ? .rollback : .reset)
        for result in results { _ = result.stream.discard() }
        do throws(BoltError) { _ = try await lease.connection.request(writer) } catch {
            lease.failed(error)
            throw error
        }
        for result in results { result.stream.failed(BoltError(.resultClosed, "the transaction was rolled back")) }
    }

    /// Commits if the work did not end the transaction itself.
    func end() async throws(BoltError) {
        switch state.withLock({ $0.phase }) {
        case .open: try await commit()
        // The work went on as if nothing had happened; the transaction did not.
        case .failed(let error): throw error
        case .closed: break
        }
    }

    /// Ends the transaction after a failure; the connection's release does the rest.
    func abandon() async {
        let isOpen = state.withLock { state in
            if case .open = state.phase { return true }
            return false
        }
        if isOpen {
            do throws(BoltError) { try await rollback() } catch {
                // lint: dropped. The connection is closed or will be reset, which both roll back.
            }
        }
        let results = state.withLock { state in
            if case .open = state.phase { state.phase = .closed }
            return state.results
        }
        for result in results { result.stream.failed(BoltError(.resultClosed, "the transaction has ended")) }
    }

    private func checkOpen() throws(BoltError) {
        switch state.withLock({ $0.phase }) {
        case .open: break
        case .failed(let error): throw error
        case .closed: throw BoltError(.transactionClosed, "the transaction has ended")
        }
    }

    private func ended(_ stream: ResultStream, _ outcome: Result<ResultStream.End, BoltError>) {
        state.withLock { state in state.results.removeAll { $0.stream === stream } }
        if case .failure(let error) = outcome { fail(error) }
    }

    private func fail(_ error: BoltError) {
        let isFirst = state.withLock { state in
            guard case .open = state.phase else { return false }
            state.phase = .failed(error)
            return true
        }
        if isFirst { lease.failed(error) }
    }
}
