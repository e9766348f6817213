/// Who has which key of a pool, and who waits for one.
///
/// It does nothing by itself.
struct KeyPoolState {
    /// The answer to somebody who asked for a key.
    enum Grant: Sendable {
        /// A key and, when it is known, its sequence number.
        case key(UInt32, UInt64?)
        case cancelled
        case empty
    }

    /// An answer and who gets it; it is given when the lock is open again.
    struct Delivery {
        var continuation: CheckedContinuation<Grant, Never>
        var grant: Grant
    }

    private struct Idle {
        var index: UInt32
        var next: UInt64?
    }

    private var idle: [Idle]
    private var inFlight: Set<UInt32> = []
    private var lost: Set<UInt32> = []
    private var waiting: [(ticket: UInt64, continuation: CheckedContinuation<Grant, Never>)] = []
    /// Tickets that were cancelled before they were used.
    private var cancelled: Set<UInt64> = []
    private var tickets: UInt64 = 0

    init(_ indices: [UInt32]) { idle = indices.map { Idle(index: $0, next: nil) } }

    var statistics: KeyPool.Statistics {
        KeyPool.Statistics(idle: idle.count, inFlight: inFlight.count, waiting: waiting.count, lost: lost.count)
    }

    func isInFlight(_ index: UInt32) -> Bool { inFlight.contains(index) }

    mutating func nextTicket() -> UInt64 {
        tickets += 1
        return tickets
    }

    /// The answer at once, or `nil` when the continuation was put into the queue.
    mutating func ask(_ ticket: UInt64, _ continuation: CheckedContinuation<Grant, Never>) -> Grant? {
        if cancelled.remove(ticket) != nil { return .cancelled }
        if let key = takeIdle() { return key }
        if inFlight.isEmpty { return .empty }
        waiting.append((ticket, continuation))
        return nil
    }

    mutating func cancel(_ ticket: UInt64) -> CheckedContinuation<Grant, Never>? {
        guard let position = waiting.firstIndex(where: { $0.ticket == ticket }) else {
            // Either it was answered, which is harmless, or it has not asked yet.
            cancelled.insert(ticket)
            return nil
        }
        return waiting.remove(at: position).continuation
    }

    mutating func reserve(_ index: UInt32) {
        guard let position = idle.firstIndex(where: { $0.index == index }) else { return }
        idle.remove(at: position)
        inFlight.insert(index)
    }

    mutating func release(_ index: UInt32, next: UInt64?) -> [Delivery] {
        guard inFlight.remove(index) != nil else { return [] }
        idle.append(Idle(index: index, next: next))
        guard !waiting.isEmpty, let key = takeIdle() else { return [] }
        return [Delivery(continuation: waiting.removeFirst().continuation, grant: key)]
    }

    mutating func lose(_ index: UInt32) -> [Delivery] {
        guard inFlight.remove(index) != nil else { return [] }
        lost.insert(index)
        guard idle.isEmpty, inFlight.isEmpty else { return [] }
        defer { waiting = [] }
        return waiting.map { Delivery(continuation: $0.continuation, grant: .empty) }
    }

    private mutating func takeIdle() -> Grant? {
        guard !idle.isEmpty else { return nil }
        let key = idle.removeFirst()
        inFlight.insert(key.index)
        return .key(key.index, key.next)
    }
}
