extension ResponseMeter {
    /// How much of a buffer a gateway may pass on before the response's usage is durable.
    ///
    /// Once ``isHolding`` is `true` it stays so: the rest of that buffer and all that follows are kept by the gateway,
    /// until ``isFinal`` is `true`, the record is durable, and everything may go. What is held is short: from the begin
    /// of the last event to its end, and never much more than 64 KiB, after which ``isFinal`` is `true` in any case.
    public struct Release: Sendable, Hashable {
        /// How many of the buffer's leading bytes may go to the client now.
        public let count: Int
        /// Whether the rest of the buffer, and all that follows, must be held.
        public let isHolding: Bool
        /// Whether the record will not change any more, so that it can be made durable now.
        public let isFinal: Bool

        /// Creates a release.
        public init(count: Int, isHolding: Bool, isFinal: Bool) {
            self.count = count
            self.isHolding = isHolding
            self.isFinal = isFinal
        }

        /// A release of everything.
        static func all(of count: Int) -> Release { Release(count: count, isHolding: false, isFinal: false) }
    }

    /// From where on a stream is held: the begin of its last event.
    struct Hold: Sendable {
        /// A last event longer than this is not waited for.
        static let limit = 64 * 1024

        /// Where the last event begins, in the decoded stream.
        private(set) var offset: Int?
        /// Bytes of the decoded stream that were read.
        var streamPosition = 0
        /// Whether an earlier buffer was held.
        var wasActive = false
        var heldBytes = 0

        var isActive: Bool { offset != nil }
        var isFull: Bool { heldBytes > Self.limit }

        mutating func begin(at offset: Int) {
            if self.offset == nil { self.offset = offset }
        }
    }
}
