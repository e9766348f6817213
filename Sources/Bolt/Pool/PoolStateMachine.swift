internal import DequeModule
internal import NIOCore

/// What someone who asks a pool gets.
enum PoolLease<Connection: Sendable>: Sendable {
    /// An open connection and when it became idle.
    case use(Connection, idleSince: NIODeadline)
    /// Permission to open one.
    case open
}

/// Which connection goes to whom, for one server; no I/O.
///
/// A permit stands for a connection that is open or may be opened. Whoever waits is served in order: by a returned
/// connection, or by the permit of one that closed.
struct PoolStateMachine<Connection: Sendable, Waiter: Sendable> {
    typealias Lease = PoolLease<Connection>

    enum Acquisition: Sendable {
        case lease(Lease)
        /// The caller is in the queue under this number.
        case wait(Int)
        case refuse
        case closed
    }

    /// Someone who waited, and what they get.
    struct Handover: Sendable {
        var waiter: Waiter
        var lease: Lease
    }

    let limit: Int
    let waiterLimit: Int?
    private var idle: [(id: Int, connection: Connection, since: NIODeadline)] = []
    private var leased: [Int: Connection] = [:]
    private(set) var opening = 0
    private var waiters = Deque<(number: Int, waiter: Waiter)>()
    private var nextNumber = 0
    private(set) var isClosed = false

    init(limit: Int, waiterLimit: Int? = nil) {
        self.limit = limit
        self.waiterLimit = waiterLimit
    }

    /// All that are open.
    var connections: [Connection] { idle.map(\.connection) + leased.values }
    var idleCount: Int { idle.count }
    var leasedCount: Int { leased.count }
    var waitingCount: Int { waiters.count }
    /// Connections in use or about to be.
    var load: Int { leased.count + opening }
    private var total: Int { idle.count + leased.count + opening }

    /// Asks for a connection; the most recently used one is taken, so that others can become old and close.
    ///
    /// Those that are preferred come first; instead of another one a new one may be opened.
    mutating func acquire(_ waiter: Waiter, preferring isPreferred: ((Connection) -> Bool)? = nil) -> Acquisition {
        guard !isClosed else { return .closed }
        if let lease = nextLease(preferring: isPreferred) { return .lease(lease) }
        guard waiters.count < waiterLimit ?? .max else { return .refuse }
        nextNumber += 1
        waiters.append((nextNumber, waiter))
        return .wait(nextNumber)
    }

    private mutating func nextLease(preferring isPreferred: ((Connection) -> Bool)? = nil) -> Lease? {
        let preferred = isPreferred.flatMap { isPreferred in idle.lastIndex { isPreferred($0.connection) } }
        let isContent = isPreferred == nil || total >= limit
        if let last = preferred.map({ idle.remove(at: $0) }) ?? (isContent ? idle.popLast() : nil) {
            leased[last.id] = last.connection
            return .use(last.connection, idleSince: last.since)
        }
        guard total < limit else { return nil }
        opening += 1
        return .open
    }

    /// Takes a waiter out of the queue; `nil` when it has been served already.
    mutating func withdraw(_ number: Int) -> Waiter? {
        guard let index = waiters.firstIndex(where: { $0.number == number }) else { return nil }
        return waiters.remove(at: index).waiter
    }

    /// A connection was opened with a permit.
    mutating func opened(_ id: Int, _ connection: Connection) {
        opening -= 1
        leased[id] = connection
    }

    /// A permit was not used.
    mutating func openingFailed() -> Handover? {
        opening -= 1
        return serveNext()
    }

    /// A usable connection comes back; returns who gets it, and whether it must be closed instead.
    mutating func release(_ id: Int, at now: NIODeadline) -> (handover: Handover?, close: Bool) {
        guard let connection = leased.removeValue(forKey: id) else { return (nil, false) }
        guard !isClosed else { return (nil, true) }
        idle.append((id, connection, now))
        return (serveNext(), false)
    }

    /// A connection is gone, whoever had it.
    mutating func removed(_ id: Int) -> Handover? {
        if leased.removeValue(forKey: id) == nil {
            guard let index = idle.firstIndex(where: { $0.id == id }) else { return nil }
            idle.remove(at: index)
        }
        return serveNext()
    }

    private mutating func serveNext() -> Handover? {
        guard !isClosed, !waiters.isEmpty, let lease = nextLease() else { return nil }
        return Handover(waiter: waiters.removeFirst().waiter, lease: lease)
    }

    /// Idle connections that are to be closed; they count as gone.
    mutating func takeIdle(where isOld: (Connection, NIODeadline) -> Bool) -> [Connection] {
        let old = idle.filter { isOld($0.connection, $0.since) }
        idle.removeAll { isOld($0.connection, $0.since) }
        return old.map(\.connection)
    }

    /// Nothing is given out any more; returns what must be closed, and who waits in vain.
    mutating func close() -> (idle: [Connection], leased: [Connection], waiters: [Waiter]) {
        isClosed = true
        let result = (idle.map(\.connection), Array(leased.values), waiters.map(\.waiter))
        idle = []
        waiters = []
        return result
    }
}
