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
        /// The chain's number is no lower, whatever a node says that has not sealed everything yet.
        var atLeast: UInt64 = 0
    }

    /// Who has a key: more than one only when an earlier run left several transactions of it.
    private struct Holders {
        /// The sequence numbers of the transactions that hold it.
        var numbers: Set<UInt64> = []
        /// Somebody has taken it and does not know its number yet.
        var isUnread = false
        /// The highest next number that is known; `nil` when none is.
        var next: UInt64?
        /// One who is done did not know it.
        var isUnknown = false
        /// The number is no lower.
        var atLeast: UInt64 = 0

        var isEmpty: Bool { numbers.isEmpty && !isUnread }
    }

    private var idle: [Idle]
    private var inFlight: [UInt32: Holders] = [:]
    private var lost: Set<UInt32> = []
    /// Who waits, in the order of tickets.
    private var waiting = TicketQueue<CheckedContinuation<Grant, Never>>()
    private var tickets: UInt64 = 0

    init(_ indices: [UInt32]) { idle = indices.map { Idle(index: $0, next: nil) } }

    var statistics: KeyPool.Statistics {
        KeyPool.Statistics(idle: idle.count, inFlight: inFlight.count, waiting: waiting.count, lost: lost.count)
    }

    /// Whether the transaction with this sequence number holds the key.
    func isHeld(_ index: UInt32, _ number: UInt64) -> Bool { inFlight[index]?.numbers.contains(number) == true }

    mutating func nextTicket() -> UInt64 {
        tickets += 1
        return tickets
    }

    /// The answer at once, or `nil` when the continuation was put into the queue.
    mutating func ask(_ ticket: UInt64, _ continuation: CheckedContinuation<Grant, Never>) -> Grant? {
        if let key = takeIdle() { return key }
        if inFlight.isEmpty { return .empty }
        waiting.insert(continuation, ticket)
        return nil
    }

    mutating func cancel(_ ticket: UInt64) -> CheckedContinuation<Grant, Never>? {
        waiting.remove(ticket)
    }

    /// Takes a key out of the pool for the transaction with this sequence number, which may have it already.
    mutating func reserve(_ index: UInt32, _ number: UInt64) {
        if let position = idle.firstIndex(where: { $0.index == index }) {
            let key = idle.remove(at: position)
            // What others have done with the key since is not forgotten for a transaction from before.
            inFlight[index] = Holders(next: key.next, atLeast: key.atLeast)
        }
        inFlight[index]?.numbers.insert(number)
    }

    /// Who has taken a key has read its number.
    mutating func identify(_ index: UInt32, _ number: UInt64) {
        inFlight[index]?.isUnread = false
        inFlight[index]?.numbers.insert(number)
    }

    /// A transaction's successor holds the key in its place; `false` when it cannot, because another one has that number.
    mutating func replace(_ index: UInt32, _ number: UInt64, by next: UInt64) -> Bool {
        guard isHeld(index, number), number == next || !isHeld(index, next) else { return false }
        inFlight[index]?.numbers.remove(number)
        inFlight[index]?.numbers.insert(next)
        return true
    }

    /// The lowest number that a key can have, which a node that is behind may not know yet.
    func atLeast(_ index: UInt32) -> UInt64 { inFlight[index]?.atLeast ?? 0 }

    /// One of a key's holders is done; the last one gives it back.
    ///
    /// - Parameters:
    ///   - number: The holder's sequence number; `nil` for one that has not read it.
    ///   - isExact: Whether `next` is the key's next number; otherwise others may have used it since.
    mutating func release(_ index: UInt32, _ number: UInt64?, next: UInt64?, isExact: Bool = true) -> [Delivery] {
        guard var holders = inFlight[index] else { return [] }
        if let number {
            guard holders.numbers.remove(number) != nil else { return [] }
        } else {
            holders.isUnread = false
        }
        if let next {
            if isExact { holders.next = max(holders.next ?? 0, next) }
            holders.atLeast = max(holders.atLeast, next)
        } else if number != nil {
            // Who could not read it says nothing.
            holders.isUnknown = true
        }
        guard holders.isEmpty else {
            inFlight[index] = holders
            return []
        }
        inFlight[index] = nil
        let known = holders.isUnknown ? nil : holders.next.flatMap { $0 >= holders.atLeast ? $0 : nil }
        idle.append(Idle(index: index, next: known, atLeast: holders.isUnknown ? 0 : holders.atLeast))
        guard !waiting.isEmpty, let key = takeIdle(), let first = waiting.removeFirst() else { return [] }
        return [Delivery(continuation: first, grant: key)]
    }

    mutating func lose(_ index: UInt32) -> [Delivery] {
        guard inFlight.removeValue(forKey: index) != nil else { return [] }
        lost.insert(index)
        guard idle.isEmpty, inFlight.isEmpty else { return [] }
        return waiting.removeAll().map { Delivery(continuation: $0, grant: .empty) }
    }

    /// The key that was idle for longest, if its number is known; somebody who waits goes first, but then none is idle.
    mutating func takeKnown() -> (index: UInt32, number: UInt64)? {
        guard let number = idle.first?.next, case .key(let index, _)? = takeIdle() else { return nil }
        return (index, number)
    }

    private mutating func takeIdle() -> Grant? {
        guard !idle.isEmpty else { return nil }
        let key = idle.removeFirst()
        inFlight[key.index] = Holders(
            numbers: key.next.map { [$0] } ?? [], isUnread: key.next == nil, atLeast: key.atLeast)
        return .key(key.index, key.next)
    }
}
