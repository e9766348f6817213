import Synchronization

/// Values that are handed out one by one.
final class ReadingList: Sendable {
    private let values: Mutex<[Int64?]>

    init(_ values: [Int64?]) { self.values = Mutex(values) }

    /// The next one; `nil` when there is none any more.
    func next() -> Int64? { values.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}
