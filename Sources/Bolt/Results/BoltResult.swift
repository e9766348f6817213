internal import NIOCore
internal import Synchronization

/// The records of a query, as a sequence that asks the server for more while it is read.
///
/// The next records are asked for before the last ones are used up, and a slow reader slows the server down. Read a
/// result once, within the session or transaction that it came from.
///
/// ```swift
/// let result = try await transaction.run("MATCH (p:Person) RETURN p.name, p.born")
/// for try await record in result {
///     let (name, born) = try record.decode(String.self, Int?.self)
/// }
/// let summary = try await result.consume()
/// ```
public final class BoltResult: AsyncSequence, Sendable {
    /// The records.
    public typealias Element = BoltRecord
    /// What can go wrong.
    public typealias Failure = BoltError

    let stream: ResultStream
    private let query: BoltQuery
    private let lease: ConnectionLease
    var connection: BoltConnection { lease.connection }
    /// What the owner does when the result has ended, well or badly.
    private let onEnd: @Sendable (Result<ResultStream.End, BoltError>) -> Void
    private let hasEnded = Mutex(false)

    init(
        stream: ResultStream, query: BoltQuery, lease: ConnectionLease,
        onEnd: @escaping @Sendable (Result<ResultStream.End, BoltError>) -> Void
    ) {
        self.stream = stream
        self.query = query
        self.lease = lease
        self.onEnd = onEnd
    }

    /// The names of the columns.
    public var keys: [String] { stream.keys?.names ?? [] }

    /// Reads the records from the first unread one on.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(result: self) }

    /// Reads all remaining records.
    public func collect() async throws(BoltError) -> [BoltRecord] {
        perform(stream.keepAll())
        var records: [BoltRecord] = []
        while let batches = try await next() {
            guard let columns = stream.keys else { break }
            for batch in batches {
                records.append(contentsOf: batch.lazy.map { BoltRecord(columns: columns, list: $0) })
            }
        }
        return records
    }

    /// Reads the remaining records, of which there must be exactly one.
    ///
    /// Throws ``BoltError/Code/decoding`` when there is none or more than one.
    public func single() async throws(BoltError) -> BoltRecord {
        let records = try await collect()
        guard let record = records.first, records.count == 1 else {
            throw BoltError(.decoding, "expected one record, found \(records.count)")
        }
        return record
    }

    /// Drops the remaining records and returns what the server says about the query.
    @discardableResult
    public func consume() async throws(BoltError) -> BoltSummary {
        perform(stream.discard())
        return try await summary()
    }

    /// Waits for the end of the result, without dropping what is unread.
    func summary() async throws(BoltError) -> BoltSummary {
        await stream.wait(for: .end, onCancel: lease.connection.closeBecauseCancelled)
        let end = try ended()
        return BoltSummary(end, query: query, connection: lease.connection)
    }

    /// Waits until the query runs; its failure is thrown here.
    func waitUntilItRuns() async throws(BoltError) {
        await stream.wait(for: .began, onCancel: lease.connection.closeBecauseCancelled)
        if case .failure? = stream.outcome { _ = try ended() }
    }

    /// Keeps the remaining records in memory, so that the connection becomes free.
    func detach() async {
        perform(stream.keepAll())
        await stream.wait(for: .end, onCancel: lease.connection.closeBecauseCancelled)
        do throws(BoltError) { _ = try ended() } catch {
            // lint: dropped. The failure is kept for the reader.
        }
    }

    private func ended() throws(BoltError) -> ResultStream.End {
        let outcome = stream.outcome ?? .failure(BoltError(.resultClosed, "the result has no end yet"))
        let isFirst = hasEnded.withLock { hasEnded in
            defer { hasEnded = true }
            return !hasEnded
        }
        if isFirst { onEnd(outcome) }
        return try outcome.get()
    }

    private func perform(_ next: (demand: ResultStream.Demand, resumesReading: Bool)) {
        guard next.demand != .none || next.resumesReading else { return }
        lease.connection.perform(next.demand, resumesReading: next.resumesReading, for: stream)
    }

    /// What waits, or what comes next; `nil` at the end.
    fileprivate func next() async throws(BoltError) -> [[ByteBuffer]]? {
        while true {
            do throws(BoltError) {
                switch try stream.take() {
                case .records(let batches)?: return batches
                case .end?:
                    _ = try ended()
                    return nil
                case nil: await stream.wait(for: .records, onCancel: lease.connection.closeBecauseCancelled)
                }
            } catch {
                _ = try ended()
                throw error
            }
        }
    }

    fileprivate func consumed(records: Int, bytes: Int) { perform(stream.consumed(records: records, bytes: bytes)) }

    /// Reads a result.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let result: BoltResult
        private var columns: RecordKeys?
        private var batches: [[ByteBuffer]] = []
        private var nextBatch = 0
        private var batch: [ByteBuffer] = []
        private var index = 0
        /// The place in the batch where the records before it are reported as read.
        private var reportAt = 0
        private var reported = 0

        fileprivate init(result: BoltResult) { self.result = result }

        /// The next record; `nil` at the end.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws(BoltError)
            -> BoltRecord?
        {
            while true {
                if index < batch.count, let columns {
                    defer { index += 1 }
                    if index == reportAt { report(upTo: index) }
                    return BoltRecord(columns: columns, list: batch[index])
                }
                report(upTo: batch.count)
                if nextBatch < batches.count {
                    begin(batches[nextBatch])
                    nextBatch += 1
                } else {
                    batch = []
                    (index, reported) = (0, 0)
                    guard let batches = try await result.next() else { return nil }
                    self.batches = batches
                    nextBatch = 0
                    if columns == nil { columns = result.stream.keys }
                }
            }
        }

        /// The next record; `nil` at the end.
        public mutating func next() async throws(BoltError) -> BoltRecord? { try await next(isolation: nil) }

        private mutating func begin(_ batch: [ByteBuffer]) {
            self.batch = batch
            (index, reported) = (0, 0)
            // Reported in two parts, so that the next records can be under way while these are read.
            reportAt = batch.count * 7 / 10
        }

        private mutating func report(upTo end: Int) {
            guard end > reported else { return }
            var bytes = 0
            for place in reported..<end { bytes += batch[place].readableBytes }
            result.consumed(records: end - reported, bytes: bytes)
            reported = end
        }
    }
}
