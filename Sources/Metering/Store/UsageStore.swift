/// Where usage lives: the seam between metering and a database.
///
/// A store is the only writer of its database. Every implementation passes `MeteringConformance.UsageStoreConformance`.
/// All methods may be called from any task at any time. After ``close()`` every call throws `storeClosed`.
public protocol UsageStore: Sendable {
    // MARK: Events

    /// Appends events and reports, in their order, what became of each, when all of them are durable.
    ///
    /// An event gets its customer's next sequence number and the hash of the one before. An id that the store has seen,
    /// in this call or ever, from whatever source, is a no-op: ``AppendOutcome/duplicate``. The call is atomic: when it
    /// fails nothing of it was kept and it can be repeated. The customer of an event need not have been created.
    /// An event that `UsageEvent.validate()` refuses fails the call with `invalidInput`.
    ///
    /// `completion` is called exactly once, on a thread of the store's; it must not block. Concurrent calls share
    /// commits (group commit). This is the gateway's hot path, hence no `async`; see the extension for the rest.
    func submit(
        _ events: [UsageEvent],
        completion: @escaping @Sendable (Result<[AppendOutcome], MeteringError>) -> Void
    )

    /// The event with this id, or `nil`.
    func event(id: EventID) async throws(MeteringError) -> StoredEvent?

    /// A page of one customer's events in sequence order, starting after `sequence` (0 for the first page).
    func events(
        of customer: CustomerID, after sequence: Int64, limit: Int
    ) async throws(MeteringError) -> [StoredEvent]

    /// A page of all customers' events in the order in which the store committed them, after `position` (0 for the
    /// first page).
    ///
    /// Those of one commit come in any order. Positions grow, not always by one, and never change. A page that is shorter
    /// than the limit was the last one.
    func events(appendedAfter position: Int64, limit: Int) async throws(MeteringError) -> [AppendedEvent]

    /// The customers that have events, sorted by id, each with its last sequence number and hash.
    func chainHeads() async throws(MeteringError) -> [ChainHead]

    /// Aggregated usage.
    ///
    /// It reads roll-ups kept at append time and never scans events, so it stays fast at any size.
    func usage(_ query: UsageQuery) async throws(MeteringError) -> [UsageRow]

    // MARK: Customers and keys

    /// Creates a customer.
    ///
    /// Creating it again with the same values is a no-op; with others, `alreadyExists`.
    func create(_ customer: Customer) async throws(MeteringError)
    /// Replaces a customer's name, status and limits.
    ///
    /// Throws `notFound` when there is none of that id.
    func update(_ customer: Customer) async throws(MeteringError)
    /// All customers, sorted by id.
    func customers() async throws(MeteringError) -> [Customer]
    /// Stores a new key (its hash; the secret never gets here).
    ///
    /// The customer must exist.
    func create(_ key: APIKey) async throws(MeteringError)
    /// Revokes a key for good.
    ///
    /// Revoking it again is a no-op. Throws `notFound` when there is none of that id.
    func revokeKey(_ id: APIKeyID, at time: Timestamp) async throws(MeteringError)
    /// All keys, revoked ones too, sorted by creation time and id.
    func keys() async throws(MeteringError) -> [APIKey]
    /// A number that changes whenever customers or keys change, also when another process changes them.
    func directoryVersion() async throws(MeteringError) -> Int64

    // MARK: Admission

    /// Whether there is room for the events of more calls.
    ///
    /// False while events wait in a queue that is full: then no new calls should be made. Those that run have room.
    /// Read on the hot path; it must not block. `true` unless a store says otherwise.
    var hasRoom: Bool { get }

    // MARK: Message batches

    /// Remembers who created a message batch.
    ///
    /// Remembering it again is a no-op.
    func recordBatch(_ batch: BatchRecord) async throws(MeteringError)
    /// The batch with this id, or `nil`.
    func batch(id: String) async throws(MeteringError) -> BatchRecord?
    /// Batches whose results are not metered yet, oldest first.
    func openBatches(limit: Int) async throws(MeteringError) -> [BatchRecord]
    /// One customer's batches, newest first.
    func batches(of customer: CustomerID, limit: Int) async throws(MeteringError) -> [BatchRecord]
    /// Marks that a batch's results were metered to the last line.
    ///
    /// Marking it again is a no-op.
    func closeBatch(id: String, at time: Timestamp) async throws(MeteringError)

    // MARK: Import progress

    /// How far a file was imported, by path.
    ///
    /// `nil` when it never was.
    func importCursor(path: String) async throws(MeteringError) -> ImportCursor?
    /// Stores how far files were imported.
    ///
    /// Call it after the events read so far are durable.
    func saveImportCursors(_ cursors: [ImportCursor]) async throws(MeteringError)

    /// Finishes what was submitted, makes it durable, and closes the store.
    ///
    /// Closing it again is a no-op.
    func close() async throws(MeteringError)
}

/// What became of one submitted event.
public enum AppendOutcome: Sendable, Hashable {
    /// It was appended, with this sequence number and receipt hash.
    case appended(sequence: Int64, hash: ReceiptHash)
    /// An event with this id was there already; nothing changed.
    case duplicate
    /// It is durable, and waits in a queue for the store that will give it its place: see `SpooledUsageStore`.
    ///
    /// Whether its id was there already shows only then.
    case accepted
}

/// An event in the order in which a store committed it.
///
/// It does not name the receipt before it: whoever reads from the start knows that one.
public struct AppendedEvent: Sendable, Hashable {
    /// Its place among all events of the store.
    public var position: Int64
    /// The event.
    public var event: UsageEvent
    /// The customer's sequence number.
    public var sequence: Int64
    /// The hash of the receipt.
    public var hash: ReceiptHash
    /// Creates an appended event.
    public init(position: Int64, event: UsageEvent, sequence: Int64, hash: ReceiptHash) {
        self.position = position
        self.event = event
        self.sequence = sequence
        self.hash = hash
    }
}

/// The end of a customer's receipt chain.
public struct ChainHead: Sendable, Hashable {
    /// The customer.
    public var customer: CustomerID
    /// The last sequence number, equal to the count of the customer's events.
    public var sequence: Int64
    /// The hash of the last receipt.
    public var hash: ReceiptHash
    /// Creates a chain head.
    public init(customer: CustomerID, sequence: Int64, hash: ReceiptHash) {
        self.customer = customer
        self.sequence = sequence
        self.hash = hash
    }
}

extension UsageStore {
    /// Always: a store without a queue takes what its disk holds.
    public var hasRoom: Bool { true }

    /// Appends events and returns, in their order, what became of each, when all of them are durable.
    ///
    /// Not cancelled by task cancellation: the events are submitted, so the outcome is awaited. See `submit`.
    public func append(_ events: [UsageEvent]) async throws(MeteringError) -> [AppendOutcome] {
        let result = await withCheckedContinuation { continuation in
            submit(events) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}
