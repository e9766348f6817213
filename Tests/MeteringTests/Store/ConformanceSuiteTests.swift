import Metering
import MeteringConformance
import Synchronization
import Testing

/// The conformance suite has to notice stores that are wrong: each fault here must fail at least one check.
@Suite("The conformance suite")
struct ConformanceSuiteTests {
    @Test("notices every planted fault", arguments: FaultyStore.Fault.allCases)
    func notices(_ fault: FaultyStore.Fault) async throws {
        let harness = UsageStoreHarness(isPersistent: false) { { FaultyStore(fault) } }
        let checks = UsageStoreConformance.checks.filter { $0.description.hasPrefix(fault.noticedBy) }
        try #require(checks.count == 1, "which check should notice \(fault)?")
        await #expect(throws: ConformanceFailure.self) { try await checks[0].run(harness) }
    }

    @Test("has checks with different names")
    func names() {
        let names = UsageStoreConformance.checks.map(\.description)
        #expect(Set(names).count == names.count)
        #expect(names.count >= 25)
    }
}

/// A good store with one fault.
final class FaultyStore: UsageStore {
    enum Fault: String, CaseIterable, Sendable {
        case appendsDuplicates, reportsDuplicates, reversesCalls, completesTwice, keepsGoodOnesOfBadCall,
            skipsValidation,
            forgetsPreviousHash, sortsArrivals, pagesFromSequence, ignoresLimit, ignoresUntil, ignoresCustomerFilter,
            countsUnpricedAsZero,
            truncatesCharges, sortsRowsByName, updatesUnknownCustomers, listsRevokedKeysAsGood, versionStandsStill,
            losesBatches, forgetsCursors, answersAfterClose

        /// How the description of the check begins that has to notice.
        var noticedBy: String {
            switch self {
            case .appendsDuplicates: "an id of an earlier call"
            case .reportsDuplicates: "the same ids from many tasks"
            case .reversesCalls: "calls of many tasks at once"
            case .completesTwice: "calls submitted without waiting"
            case .keepsGoodOnesOfBadCall, .skipsValidation: "a call with an event that is not valid"
            case .forgetsPreviousHash: "sequence numbers have no gap"
            case .sortsArrivals: "all events can be read"
            case .pagesFromSequence, .ignoresLimit: "pages of events"
            case .ignoresUntil: "since and until"
            case .ignoresCustomerFilter, .sortsRowsByName: "usage equals a recomputation"
            case .countsUnpricedAsZero: "events without a price"
            case .truncatesCharges: "charges beyond the range"
            case .updatesUnknownCustomers: "customers are created once"
            case .listsRevokedKeysAsGood: "keys belong to customers"
            case .versionStandsStill: "the directory's version"
            case .losesBatches: "message batches are remembered"
            case .forgetsCursors: "import cursors"
            case .answersAfterClose: "after close"
            }
        }
    }

    private let fault: Fault
    private let store = MemoryUsageStore()

    init(_ fault: Fault) { self.fault = fault }

    private static let renamed = Mutex(0)

    func submit(
        _ events: [UsageEvent], completion: @escaping @Sendable (Result<[AppendOutcome], MeteringError>) -> Void
    ) {
        switch fault {
        case .appendsDuplicates:
            let renamed = events.map { event in
                var event = event
                if event.source == .transcript {
                    event.id = EventID(
                        rawValue: Self.renamed.withLock {
                            $0 += 1; return "copy-\($0)"
                        })
                }
                return event
            }
            store.submit(renamed, completion: completion)
        case .reportsDuplicates: store.submit(events) { completion($0.map { $0.map { _ in .duplicate } }) }
        case .reversesCalls: store.submit(events.reversed()) { completion($0.map { $0.reversed() }) }
        case .completesTwice:
            store.submit(events) {
                completion($0)
                // Only where the checks do not wait with a continuation, which would trap.
                if events.count == 2, events[0].customer.rawValue == "shared" { completion($0) }
            }
        case .keepsGoodOnesOfBadCall:
            let good = events.filter { (try? $0.validate()) != nil }
            if good.count == events.count {
                store.submit(events, completion: completion)
            } else {
                store.submit(good) { _ in completion(.failure(MeteringError(.invalidInput, ""))) }
            }
        case .skipsValidation: store.submit(events.filter { (try? $0.validate()) != nil }, completion: completion)
        case .countsUnpricedAsZero, .truncatesCharges:
            let changed = events.map { event in
                var event = event
                switch event.charge {
                case .unpriced: if fault == .countsUnpricedAsZero { event.charge = .priced(.zero) }
                case .priced(let charge):
                    if fault == .truncatesCharges {
                        event.charge = .priced(PicoUSD(Int128(Int64(truncatingIfNeeded: charge.rawValue)).magnitude128))
                    }
                }
                return event
            }
            store.submit(changed, completion: completion)
        default: store.submit(events, completion: completion)
        }
    }

    func event(id: EventID) async throws(MeteringError) -> StoredEvent? { try await store.event(id: id) }

    func events(
        of customer: CustomerID, after sequence: Int64, limit: Int
    ) async throws(MeteringError) -> [StoredEvent] {
        let after = fault == .pagesFromSequence ? sequence - 1 : sequence
        var events = try await store.events(of: customer, after: after, limit: fault == .ignoresLimit ? .max : limit)
        if fault == .forgetsPreviousHash { for index in events.indices { events[index].previousHash = .zero } }
        return events
    }

    func events(appendedAfter position: Int64, limit: Int) async throws(MeteringError) -> [AppendedEvent] {
        let events = try await store.events(appendedAfter: position, limit: limit)
        return fault == .sortsArrivals
            ? events.sorted { $0.event.customer.rawValue < $1.event.customer.rawValue } : events
    }

    func chainHeads() async throws(MeteringError) -> [ChainHead] { try await store.chainHeads() }

    func usage(_ query: UsageQuery) async throws(MeteringError) -> [UsageRow] {
        var query = query
        if fault == .ignoresUntil { query.until = nil }
        if fault == .ignoresCustomerFilter { query.customer = nil }
        let rows = try await store.usage(query)
        return fault == .sortsRowsByName ? rows.sorted { $0.group < $1.group } : rows
    }

    func create(_ customer: Customer) async throws(MeteringError) { try await store.create(customer) }

    func update(_ customer: Customer) async throws(MeteringError) {
        do { try await store.update(customer) } catch  where fault == .updatesUnknownCustomers {
            try await store.create(customer)
        }
    }

    func customers() async throws(MeteringError) -> [Customer] { try await store.customers() }
    func create(_ key: APIKey) async throws(MeteringError) { try await store.create(key) }

    func revokeKey(_ id: APIKeyID, at time: Timestamp) async throws(MeteringError) {
        try await store.revokeKey(id, at: time)
    }

    func keys() async throws(MeteringError) -> [APIKey] {
        var keys = try await store.keys()
        if fault == .listsRevokedKeysAsGood { for index in keys.indices { keys[index].revoked = nil } }
        return keys
    }

    func directoryVersion() async throws(MeteringError) -> Int64 {
        let version = try await store.directoryVersion()
        return fault == .versionStandsStill ? min(version, 1) : version
    }

    func recordBatch(_ batch: BatchRecord) async throws(MeteringError) {
        if fault == .losesBatches, batch.customer.rawValue == "zoe" { return }
        try await store.recordBatch(batch)
    }

    func batch(id: String) async throws(MeteringError) -> BatchRecord? { try await store.batch(id: id) }
    func openBatches(limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try await store.openBatches(limit: limit)
    }

    func batches(of customer: CustomerID, limit: Int) async throws(MeteringError) -> [BatchRecord] {
        try await store.batches(of: customer, limit: limit)
    }

    func closeBatch(id: String, at time: Timestamp) async throws(MeteringError) {
        try await store.closeBatch(id: id, at: time)
    }

    func importCursor(path: String) async throws(MeteringError) -> ImportCursor? {
        try await store.importCursor(path: path)
    }

    func saveImportCursors(_ cursors: [ImportCursor]) async throws(MeteringError) {
        if fault == .forgetsCursors { return }
        try await store.saveImportCursors(cursors)
    }

    func close() async throws(MeteringError) {
        if fault == .answersAfterClose { return }
        try await store.close()
    }
}

extension Int128 {
    fileprivate var magnitude128: Int128 { self < 0 ? -self : self }
}
