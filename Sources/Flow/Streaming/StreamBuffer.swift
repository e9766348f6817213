internal import Synchronization

/// Hands elements from a connection to the one task that reads them, holding few: a slow reader slows the connection.
final class StreamBuffer<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        /// How the stream ended; elements before that are still read.
        var end: Result<Void, FlowError>?
        /// The reader, when it waits.
        var reader: CheckedContinuation<Void, Never>?
        /// The writer, when it waits for room.
        var writer: CheckedContinuation<Void, Never>?
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Adds an element, waiting while there is no room; `false` when nobody reads any more.
    func send(_ element: Element) async -> Bool {
        while true {
            let (isDone, reader) = state.withLock { state -> (Bool?, CheckedContinuation<Void, Never>?) in
                if state.end != nil { return (false, nil) }
                guard state.elements.count < limit else { return (nil, nil) }
                state.elements.append(element)
                defer { state.reader = nil }
                return (true, state.reader)
            }
            reader?.resume()
            if let isDone { return isDone }
            if Task.isCancelled { return false }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let mustWait = state.withLock { state in
                        guard state.end == nil, state.elements.count >= limit, !Task.isCancelled else { return false }
                        state.writer = continuation
                        return true
                    }
                    if !mustWait { continuation.resume() }
                }
            } onCancel: {
                wakeWriter()
            }
        }
    }

    /// The next element; `nil` at the end.
    ///
    /// Cancellation ends it with ``FlowError/Code/closed``.
    func next() async throws(FlowError) -> Element? {
        while true {
            let (found, end) = state.withLock { state -> (Element?, Result<Void, FlowError>?) in
                guard state.elements.isEmpty else { return (state.elements.removeFirst(), nil) }
                return (nil, state.end)
            }
            if let found {
                wakeWriter()
                return found
            }
            if let end {
                try end.get()
                return nil
            }
            if Task.isCancelled { throw FlowError(.closed, "the stream's reader was cancelled") }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let mustWait = state.withLock { state in
                        guard state.end == nil, state.elements.isEmpty, !Task.isCancelled else { return false }
                        state.reader = continuation
                        return true
                    }
                    if !mustWait { continuation.resume() }
                }
            } onCancel: {
                wakeReader()
            }
        }
    }

    /// Ends the stream; the first end counts.
    func finish(_ end: Result<Void, FlowError>) {
        state.withLock { state in if state.end == nil { state.end = end } }
        wakeReader()
        wakeWriter()
    }

    private func wakeReader() {
        let reader = state.withLock { state in
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    private func wakeWriter() {
        let writer = state.withLock { state in
            defer { state.writer = nil }
            return state.writer
        }
        writer?.resume()
    }
}
