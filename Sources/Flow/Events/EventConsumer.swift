/// Something that takes events and remembers how far it is.
///
/// Delivery is exactly once when ``consume(_:advancingTo:)`` makes its effects and the cursor durable together, in one
/// transaction of its database: after a crash the reader goes on at the stored cursor, and what was consumed is before it.
public protocol EventConsumer: Sendable {
    /// The stored cursor; `nil` before the first events.
    func cursor() async throws -> EventCursor?
    /// Takes the events of sealed blocks, in order, and stores the cursor with whatever they cause.
    ///
    /// There may be none: the cursor advances all the same. It returns when both are durable. When it throws, nothing of
    /// it may have happened, and reading ends with the error.
    func consume(_ blocks: [BlockEvents], advancingTo cursor: EventCursor) async throws
}
