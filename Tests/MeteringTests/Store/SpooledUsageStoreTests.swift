import Metering
import MeteringConformance
import Synchronization
import Testing

@Suite("A store behind a spool")
struct SpooledUsageStoreTests {
    @Test("accepts events while the remote store is away, and forwards all of them, once, in order, when it is back")
    func outage() async throws {
        let remote = UnreliableStore()
        let store = SpooledUsageStore(spool: MemorySpool(), remote: remote, options: .eager())
        try await withForwarding(store) {
            remote.isAway = true
            for number in 0..<50 {
                let outcomes = try await store.append([event(number), event(number + 1000)])
                #expect(outcomes == [.accepted, .accepted])
            }
            let heads = try await remote.memory.chainHeads()
            #expect(heads.isEmpty)
            remote.isAway = false
            await remote.waitFor(events: 100)
        }
        let stored = try await remote.memory.events(of: event(0).customer, after: 0, limit: .max)
        #expect(stored.map(\.event) == (0..<50).flatMap { [event($0), event($0 + 1000)] })
        #expect(store.load.events == 0)
    }

    @Test("forwards again what the remote store kept while its answer was lost, and it counts once")
    func lostAnswer() async throws {
        let remote = UnreliableStore()
        let store = SpooledUsageStore(spool: MemorySpool(), remote: remote, options: .eager())
        remote.losesAnswers = 3
        try await withForwarding(store) {
            for number in 0..<20 { _ = try await store.append([event(number)]) }
            await remote.waitFor(events: 20)
        }
        #expect(remote.losesAnswers == 0)
        #expect(try await remote.memory.usage(UsageQuery(by: .total)).first?.sums.calls == 20)
    }

    @Test("forwards what an earlier life left in the spool")
    func leftOver() async throws {
        let spool = MemorySpool()
        let first = SpooledUsageStore(spool: spool, remote: UnreliableStore(isAway: true), options: .eager())
        _ = try await first.append((0..<25).map(event))
        let remote = UnreliableStore()
        let second = SpooledUsageStore(spool: spool, remote: remote, options: .eager())
        try await second.forwardAll()
        #expect(try await remote.memory.usage(UsageQuery(by: .total)).first?.sums.calls == 25)
        #expect(second.load.events == 0)
    }

    @Test("has no room while the spool is full, still takes what is under way, and has room again afterwards")
    func backPressure() async throws {
        let remote = UnreliableStore(isAway: true)
        let store = SpooledUsageStore(spool: MemorySpool(limit: 10), remote: remote, options: .eager())
        #expect(store.hasRoom)
        _ = try await store.append((0..<10).map(event))
        #expect(!store.hasRoom)
        #expect(try await store.append([event(10)]) == [.accepted])
        remote.isAway = false
        try await store.forwardAll()
        #expect(store.hasRoom)
    }

    @Test("tells once when the remote store fails, and once when it works again")
    func changes() async throws {
        let remote = UnreliableStore()
        let seen = Mutex<[String]>([])
        var options = SpooledUsageStore.Options.eager()
        options.onChange = { change in
            seen.withLock { seen in
                switch change {
                case .interrupted: seen.append("interrupted")
                case .resumed: seen.append("resumed")
                }
            }
        }
        let failures = Mutex(0)
        options.sleep = { _ in
            // The remote store comes back at the fifth try.
            if failures.withLock({
                $0 += 1; return $0
            }) == 5 {
                remote.isAway = false
            }
            await Task.yield()
        }
        let store = SpooledUsageStore(spool: MemorySpool(), remote: remote, options: options)
        remote.isAway = true
        try await withForwarding(store) {
            _ = try await store.append([event(1)])
            await remote.waitFor(events: 1)
            // The change is told before the next batch is taken.
            _ = try await store.append([event(2)])
            await remote.waitFor(events: 2)
        }
        #expect(seen.withLock { $0 } == ["interrupted", "resumed"])
    }

    @Test("waits longer after each failure, up to the longest pause")
    func pauses() async throws {
        let remote = UnreliableStore(isAway: true)
        let pauses = Mutex<[Duration]>([])
        var options = SpooledUsageStore.Options()
        options.sleep = { pause in
            let count = pauses.withLock { pauses in
                pauses.append(pause)
                return pauses.count
            }
            if count == 8 { throw CancellationError() }
        }
        let store = SpooledUsageStore(spool: MemorySpool(), remote: remote, options: options)
        _ = try await store.append([event(1)])
        await store.run()
        #expect(
            pauses.withLock { $0 }
                == [100, 200, 400, 800, 1600, 3200, 5000, 5000].map { Duration.milliseconds($0) })
    }

    @Test("refuses an event that is not valid, and everything after it was closed")
    func refusals() async throws {
        let store = SpooledUsageStore(spool: MemorySpool(), remote: UnreliableStore(), options: .eager())
        var bad = event(1)
        bad.id = EventID(rawValue: "")
        await #expect(throws: MeteringError.self) { _ = try await store.append([bad]) }
        try await store.close()
        await #expect(throws: MeteringError.self) { _ = try await store.append([event(1)]) }
    }

    private func event(_ number: Int) -> UsageEvent {
        UsageEvent(
            id: EventID(rawValue: "msg_\(number)"), customer: CustomerID(rawValue: "acme"),
            session: SessionID(rawValue: "s"), key: .none, model: "m", time: Timestamp(milliseconds: 1_795_000_000_000),
            lines: [SKULine(sku: .webSearch, quantity: 1)], charge: .priced(PicoUSD(Int128(number))),
            priceBook: .zero, quality: .exact, source: .gateway)
    }

    private func withForwarding(_ store: SpooledUsageStore, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await store.run() }
            try await body()
            group.cancelAll()
        }
        // What the cancelled run had not yet taken out of the spool.
        try await store.forwardAll()
    }
}

extension SpooledUsageStore.Options {
    /// Small batches, and pauses that take no time.
    fileprivate static func eager() -> Self {
        var options = Self()
        options.batchSize = 7
        options.sleep = { _ in
            try Task.checkCancellation()
            await Task.yield()
        }
        return options
    }
}

/// A spool in memory; its limit counts events.
private final class MemorySpool: EventSpool {
    private struct State {
        var waiting: [SpooledEvent] = []
        var next: Int64 = 1
        var isClosed = false
    }

    private let state = Mutex(State())
    private let limit: Int64

    init(limit: Int64 = 1_000_000) { self.limit = limit }

    func submit(_ events: [UsageEvent], completion: @escaping @Sendable (Result<Void, MeteringError>) -> Void) {
        state.withLock { state in
            for event in events {
                state.waiting.append(SpooledEvent(position: state.next, event: event))
                state.next += 1
            }
        }
        completion(.success(()))
    }

    func oldest(limit: Int) async throws(MeteringError) -> [SpooledEvent] {
        state.withLock { Array($0.waiting.prefix(limit)) }
    }

    func remove(through position: Int64) async throws(MeteringError) {
        state.withLock { $0.waiting.removeAll { $0.position <= position } }
    }

    var load: SpoolLoad {
        let count = state.withLock { Int64($0.waiting.count) }
        return SpoolLoad(events: count, bytes: count, limit: limit)
    }

    func close() async throws(MeteringError) { state.withLock { $0.isClosed = true } }
}

/// A store in memory that can be out of reach, and lose answers.
private final class UnreliableStore: UsageStore {
    private struct State {
        var isAway: Bool
        var losesAnswers = 0
        var count = 0
        var waiters: [(Int, CheckedContinuation<Void, Never>)] = []
    }

    let memory = MemoryUsageStore()
    private let state: Mutex<State>

    init(isAway: Bool = false) { state = Mutex(State(isAway: isAway)) }

    var isAway: Bool {
        get { state.withLock { $0.isAway } }
        set { state.withLock { $0.isAway = newValue } }
    }

    /// How many more calls are kept, and reported as failed.
    var losesAnswers: Int {
        get { state.withLock { $0.losesAnswers } }
        set { state.withLock { $0.losesAnswers = newValue } }
    }

    /// Returns when so many events were kept.
    func waitFor(events count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.count < count { state.waiters.append((count, continuation)) }
                return state.count >= count
            }
            if isThere { continuation.resume() }
        }
    }

    private static let error = MeteringError(.storeUnavailable, "away")

    func submit(
        _ events: [UsageEvent], completion: @escaping @Sendable (Result<[AppendOutcome], MeteringError>) -> Void
    ) {
        guard !isAway else { return completion(.failure(Self.error)) }
        memory.submit(events) { [self] result in
            let isLost = state.withLock { state in
                defer { state.losesAnswers = max(0, state.losesAnswers - 1) }
                return state.losesAnswers > 0
            }
            completion(isLost ? .failure(Self.error) : result)
            guard case .success(let outcomes) = result else { return }
            let ready = state.withLock { state in
                state.count += outcomes.count { $0 != .duplicate }
                let count = state.count
                let ready = state.waiters.filter { $0.0 <= count }
                state.waiters.removeAll { $0.0 <= count }
                return ready.map(\.1)
            }
            for waiter in ready { waiter.resume() }
        }
    }

    func event(id: EventID) async throws(MeteringError) -> StoredEvent? { try await memory.event(id: id) }
    func events(
        of customer: CustomerID, after sequence: Int64, limit: Int
    ) async throws(MeteringError) -> [StoredEvent] {
        try await memory.events(of: customer, after: sequence, limit: limit)
    }
    func events(
        appendedAfter position: Int64, limit: Int
    ) async throws(MeteringError) -> [AppendedEvent] {
        try await memory.events(appendedAfter: position, limit: limit)
    }
    func chainHeads() async throws(MeteringError) -> [ChainHead] { try await memory.chainHeads() }
    func usage(_ query: UsageQuery) async throws(MeteringError) -> [UsageRow] { try await memory.usage(query) }
    func create(_ customer: Customer) async throws(MeteringError) { try await memory.create(customer) }
    func update(_ customer: Customer) async throws(MeteringError) { try await memory.update(customer) }
    func customers() async throws(MeteringError) -> [Customer] { try await memory.customers() }
    func create(_ key: APIKey) async throws(MeteringError) { try await memory.create(key) }
    func revokeKey(_ id: APIKeyID, at time: Timestamp) async throws(MeteringError) {
        try await memory.revokeKey(id, at: time)
    }
    func keys() async throws(MeteringError) -> [APIKey] { try await memory.keys() }
    func directoryVersion() async throws(MeteringError) -> Int64 { try await memory.directoryVersion() }
    func recordBatch(_ batch: BatchRecord) async throws(MeteringError) { try await memory.recordBatch(batch) }
    func batch(id: String) async throws(MeteringError) -> BatchRecord? { try await memory.batch(id: id) }
    func openBatches(limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try await memory.openBatches(limit: limit)
    }
    func batches(of customer: CustomerID, limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try await memory.batches(of: customer, limit: limit)
    }
    func closeBatch(id: String, at time: Timestamp) async throws(MeteringError) {
        try await memory.closeBatch(id: id, at: time)
    }
    func importCursor(path: String) async throws(MeteringError) -> ImportCursor? {
        try await memory.importCursor(path: path)
    }
    func saveImportCursors(_ cursors: [ImportCursor]) async throws(MeteringError) {
        try await memory.saveImportCursors(cursors)
    }
    func close() async throws(MeteringError) { try await memory.close() }
}
