/// One server-sent event: a view of borrowed bytes, valid only inside the closure it was passed to.
public struct ServerSentEvent {
    /// The value of the last `event` field; empty when the event has none.
    public let name: UnsafeRawBufferPointer
    /// The values of the `data` fields, joined by line feeds; empty when ``isOverlong``.
    public let data: UnsafeRawBufferPointer
    /// Where the event's first field begins, counted in bytes from the start of the stream.
    public let offset: Int
    /// Whether the event exceeded the parser's limit, so that its data was dropped.
    public let isOverlong: Bool
}
