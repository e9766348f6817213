/// The elements of a stream, for one reader.
///
/// It ends after the last element there can be, and throws ``FlowError`` when the stream cannot go on. Interruptions are
/// dealt with before they get here: each element comes once, and none is left out.
public struct FlowUpdates<Element: Sendable>: AsyncSequence, Sendable {
    /// What ends the sequence early.
    public typealias Failure = FlowError

    let buffer: StreamBuffer<Element>

    /// The reading end.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let buffer: StreamBuffer<Element>

        /// Waits for the next element; `nil` at the end.
        ///
        /// Throws ``FlowError/Code/closed`` when the task is cancelled.
        public mutating func next() async throws(FlowError) -> Element? { try await buffer.next() }

        /// Waits for the next element; `nil` at the end.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(FlowError) -> Element? {
            try await buffer.next()
        }
    }

    /// Begins to read.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(buffer: buffer) }
}
