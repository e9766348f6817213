/// A durable queue of events on their way to a store that may be out of reach.
///
/// All methods may be called from any task at any time. After ``close()`` they throw `storeClosed`.
public protocol EventSpool: Sendable {
    /// Makes events durable, in the order of the calls.
    ///
    /// `completion` is called exactly once, on a thread of the spool's; it must not block. On failure nothing of the
    /// call was kept: `storeUnavailable` when the disk refuses it, or when there is no room, not even the reserve.
    func submit(_ events: [UsageEvent], completion: @escaping @Sendable (Result<Void, MeteringError>) -> Void)

    /// The events that have waited longest, in their order; those after a position, when one is given.
    func oldest(after position: Int64, limit: Int) async throws(MeteringError) -> [SpooledEvent]

    /// Forgets the events up to and including a position, and keeps a note, both or neither.
    ///
    /// Call it when another store has them. Forgetting them again is a no-op.
    func remove(through position: Int64, note: [UInt8]?) async throws(MeteringError)

    /// The notes that are kept, in the order in which they came.
    func notes() async throws(MeteringError) -> [[UInt8]]

    /// Keeps a note instead of all notes before it.
    func replaceNotes(with note: [UInt8]) async throws(MeteringError)

    /// How much waits.
    var load: SpoolLoad { get }

    /// Makes durable what was submitted, and closes the spool.
    ///
    /// Closing it again is a no-op.
    func close() async throws(MeteringError)
}

extension EventSpool {
    /// The events that have waited longest, in their order.
    public func oldest(limit: Int) async throws(MeteringError) -> [SpooledEvent] {
        try await oldest(after: 0, limit: limit)
    }

    /// Forgets the events up to and including a position.
    public func remove(through position: Int64) async throws(MeteringError) {
        try await remove(through: position, note: nil)
    }
}

/// An event that waits.
public struct SpooledEvent: Sendable, Hashable {
    /// Its place in the queue; later events have higher ones.
    public var position: Int64
    /// The event.
    public var event: UsageEvent

    /// Creates a spooled event.
    public init(position: Int64, event: UsageEvent) {
        self.position = position
        self.event = event
    }
}

/// How much waits in a spool.
public struct SpoolLoad: Sendable, Hashable {
    /// Events that wait.
    public var events: Int64
    /// Bytes of those events.
    public var bytes: Int64
    /// The bytes that may wait before no new calls are let in.
    public var limit: Int64

    /// Creates a load.
    public init(events: Int64, bytes: Int64, limit: Int64) {
        self.events = events
        self.bytes = bytes
        self.limit = limit
    }

    /// Whether no new calls are to be let in.
    public var isFull: Bool { bytes >= limit }
}
