/// Something that takes events and remembers how far it is.
///
/// Delivery is exactly once when ``consume(_:advancingTo:)`` makes its effects and the cursor durable together, in one
/// transaction of its database: after a crash the reader goes on at the stored cursor, and what was consumed is before it.
///
/// Effects that no such transaction can hold, as a message to another service, come first and the cursor after them. A crash
/// in between delivers the same events again, from the stored cursor on, though perhaps in other portions. Such a consumer
/// is safe when an effect that was there already does nothing: an event is named for ever by its block's height,
/// ``FlowEvent/transactionIndex`` and ``FlowEvent/eventIndex``.
public protocol EventConsumer: Sendable {
    /// The stored cursor; `nil` before the first events.
    func cursor() async throws -> EventCursor?
    /// Takes the events of sealed blocks, in order, and stores the cursor with whatever they cause.
    ///
    /// There may be none: the cursor advances all the same. It returns when both are durable. When it throws, reading ends
    /// with the error; the next run begins at whatever cursor is stored then.
    func consume(_ blocks: [BlockEvents], advancingTo cursor: EventCursor) async throws
}
