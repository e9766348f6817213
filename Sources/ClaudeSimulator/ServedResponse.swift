public import Claude

/// What the simulator knows about one response that it served: the truth that a meter is measured against.
public struct ServedResponse: Sendable, Hashable {
    /// What was served.
    public enum Kind: String, Sendable, Hashable {
        /// A message, streamed or not.
        case message
        /// One request of a batch, recorded when the batch ended.
        case batchResult = "batch_result"
        /// Anything else: errors, counts, models, batches, raw bodies.
        case other
    }

    /// How far the response got.
    public enum Progress: String, Sendable, Hashable {
        /// It is being sent, or waits at a gate.
        case sending
        /// It was sent as planned, planned faults included.
        case sent
        /// The client left before the end.
        case broken
    }

    /// The place in the order of requests, from 0.
    public var sequence: Int
    /// What was served.
    public var kind: Kind
    /// The request's method.
    public var method: String
    /// The request's path and query.
    public var path: String
    /// The request's header fields, in order, names in lower case.
    public var requestHeaders: [Header]
    /// The request's body.
    public var requestBody: [UInt8]
    /// The HTTP status.
    public var status: Int
    /// The `request-id`.
    public var requestID: String
    /// The message id, when a message was begun.
    public var messageID: String?
    /// The model that answered.
    public var model: String?
    /// Whether it is a stream.
    public var isStream: Bool
    /// What the API counted in the end, whether or not the client was told.
    public var usage: MessageUsage?
    /// What a perfect reader learns from the bytes; `nil` when they are no message or not acceptable.
    public var told: MessageRecord?
    /// The batch it belongs to.
    public var batchID: String?
    /// Its id within the batch.
    public var customID: String?
    /// The body as planned, before compression.
    public var body: [UInt8]
    /// How far it got.
    public var progress: Progress

    /// A header field.
    public struct Header: Sendable, Hashable {
        /// The name in lower case.
        public var name: String
        /// The value.
        public var value: String
    }

    /// Whether every byte of a whole message was written.
    public var isComplete: Bool { progress == .sent && told?.ending == .complete }
}
