internal import Synchronization

/// The proposal keys of one account, each with at most one transaction that was not executed yet.
///
/// A key's sequence number must be exactly the next one, and the order inside of a block is random, so two transactions
/// of one key at the same time would spoil each other. With n keys, n transactions can be on their way. Keys are given out
/// in turn, to callers in the order in which they came.
///
/// The sequence number is read from the chain when it is not known: at first, and whenever something unexpected happened
/// to the key. A key that cannot be read rests and is tried again; a key that was revoked is given up.
public final class KeyPool: Sendable {
    /// A key that its holder may use for one transaction.
    public struct Lease: Sendable, Hashable {
        /// The key's index in the account.
        public var keyIndex: UInt32
        /// The sequence number to use.
        public var sequenceNumber: UInt64
    }

    /// What a transaction did to its key's sequence number.
    public enum Use: Sendable, Hashable {
        /// The number is used up.
        case used
        /// The chain's number is this one.
        case next(UInt64)
        /// It must be read from the chain.
        case unknown
    }

    /// What the pool's keys are doing.
    public struct Statistics: Sendable, Hashable {
        /// Keys that can be taken.
        public var idle: Int
        /// Keys with a transaction on its way to its execution.
        public var inFlight: Int
        /// Callers that wait for a key.
        public var waiting: Int
        /// Keys that are given up.
        public var lost: Int
    }

    /// The account.
    public let address: FlowAddress
    /// What signs for every key of the pool: they have the same public key.
    public let signer: any FlowSigner

    /// How often a node must not know a key, as one that is behind does not know a new one, before it is given up; and how
    /// often a node must refuse to tell about it before that is an error.
    private static let failureLimit = 10
    /// The pause before a key that cannot be read is read again.
    private static let pause = Duration.milliseconds(500)

    private let client: FlowClient
    private let state: Mutex<KeyPoolState>

    /// Creates a pool; nothing is asked of the chain yet.
    public init(
        client: FlowClient, address: FlowAddress, keyIndices: [UInt32], signer: any FlowSigner
    ) throws(FlowError) {
        guard !keyIndices.isEmpty, Set(keyIndices).count == keyIndices.count else {
            throw FlowError(.invalidInput, "a pool needs at least one key, and each key once")
        }
        self.client = client
        self.address = address
        self.signer = signer
        state = Mutex(KeyPoolState(keyIndices))
    }

    /// What the keys are doing now.
    public var statistics: Statistics { state.withLock { $0.statistics } }

    /// Takes the key that was idle for longest, if there is one whose sequence number is known.
    func takeAtOnce() -> Lease? {
        state.withLock { $0.takeKnown() }.map { Lease(keyIndex: $0.index, sequenceNumber: $0.number) }
    }

    /// Takes the key that was idle for longest; waits when there is none.
    ///
    /// - Throws: ``FlowError/Code/noKey`` when every key was given up, ``FlowError/Code/closed`` when cancelled, and what
    ///   the nodes say when they refuse to tell about keys.
    func take() async throws(FlowError) -> Lease {
        var failures: [UInt32: Int] = [:]
        // A caller keeps its place in the queue, whatever becomes of the key that it gets first.
        let ticket = state.withLock { $0.nextTicket() }
        while true {
            let (index, known) = try await idleKey(ticket)
            if let known { return Lease(keyIndex: index, sequenceNumber: known) }
            do throws(FlowError) {
                let key = try await client.key(index, of: address)
                guard isUsable(key) else {
                    give(state.withLock { $0.lose(index) })
                    continue
                }
                return state.withLock { state in
                    let number = max(key.sequenceNumber, state.atLeast(index))
                    state.identify(index, number)
                    return Lease(keyIndex: index, sequenceNumber: number)
                }
            } catch {
                let isAnswer = error.code == .notFound || error.code == .refused
                failures[index, default: 0] += isAnswer ? 1 : 0
                if failures[index] != Self.failureLimit {
                    try await rest(index, after: error)
                } else if error.code == .notFound {
                    give(state.withLock { $0.lose(index) })
                } else {
                    give(state.withLock { $0.release(index, nil, next: nil) })
                    throw error
                }
            }
        }
    }

    /// Whether the pool's signer can sign for a key.
    private func isUsable(_ key: AccountKey) -> Bool {
        !key.isRevoked && key.publicKey == signer.publicKey && key.hashAlgorithm == signer.hashAlgorithm
    }

    /// The next sequence number of a key that its holder keeps for another transaction.
    ///
    /// Trouble with the nodes is waited out.
    ///
    /// - Returns: `nil` when the holder does not have the key, or cannot keep it: it was revoked, or another transaction of an
    ///   earlier run holds it with that number.
    func renew(_ lease: Lease, _ use: Use) async throws(FlowError) -> Lease? {
        let index = lease.keyIndex
        guard state.withLock({ $0.isHeld(index, lease.sequenceNumber) }) else { return nil }
        let number: UInt64
        switch use {
        case .used: number = lease.sequenceNumber.addingSaturated(1)
        case .next(let next): number = next
        case .unknown:
            guard let key = try await readUsable(index) else { return nil }
            number = key.sequenceNumber
        }
        guard state.withLock({ $0.replace(index, lease.sequenceNumber, by: number) }) else {
            release(lease, .unknown)
            return nil
        }
        return Lease(keyIndex: index, sequenceNumber: number)
    }

    /// Holds a key with another number than that of the lease.
    func hold(_ lease: Lease, as number: UInt64) {
        state.withLock { _ = $0.replace(lease.keyIndex, lease.sequenceNumber, by: number) }
    }

    /// Whether a key that is out was revoked; then it is given up.
    func isRevoked(_ lease: Lease) async throws(FlowError) -> Bool {
        guard state.withLock({ $0.isHeld(lease.keyIndex, lease.sequenceNumber) }) else { return false }
        return try await readUsable(lease.keyIndex) == nil
    }

    /// Reads a key that is out, waiting out trouble; `nil` when it cannot be used any more and was given up.
    private func readUsable(_ index: UInt32) async throws(FlowError) -> AccountKey? {
        while true {
            do throws(FlowError) {
                let key = try await client.key(index, of: address)
                if isUsable(key) { return key }
                give(state.withLock { $0.lose(index) })
                return nil
            } catch {
                if Task.isCancelled { throw FlowError(.closed, "signing anew was cancelled", cause: error) }
                try await client.sleep(Self.pause)
            }
        }
    }

    /// A key whose state cannot be read waits before it comes back, so that a failing node is not asked without end.
    private func rest(_ index: UInt32, after error: FlowError) async throws(FlowError) {
        defer { give(state.withLock { $0.release(index, nil, next: nil) }) }
        if Task.isCancelled { throw FlowError(.closed, "waiting for a key was cancelled", cause: error) }
        try await client.sleep(Self.pause)
    }

    private func idleKey(_ ticket: UInt64) async throws(FlowError) -> (UInt32, UInt64?) {
        let grant: KeyPoolState.Grant = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let immediate = state.withLock { Task.isCancelled ? .cancelled : $0.ask(ticket, continuation) }
                if let immediate { continuation.resume(returning: immediate) }
            }
        } onCancel: {
            if let waiter = state.withLock({ $0.cancel(ticket) }) { waiter.resume(returning: .cancelled) }
        }
        switch grant {
        case .key(let index, let number): return (index, number)
        case .cancelled: throw FlowError(.closed, "waiting for a key was cancelled")
        case .empty:
            throw FlowError(.noKey, "no key of \(address) can be used: all were revoked, or are not the signer's")
        }
    }

    /// Gives a key back.
    ///
    /// - Parameter isExact: Whether nobody else can have used the key since the lease.
    func release(_ lease: Lease, _ use: Use, isExact: Bool = true) {
        let next: UInt64? =
            switch use {
            case .used: lease.sequenceNumber.addingSaturated(1)
            case .next(let number): number
            case .unknown: nil
            }
        give(state.withLock { $0.release(lease.keyIndex, lease.sequenceNumber, next: next, isExact: isExact) })
    }

    /// Marks a key as used by a transaction of an earlier run; must be called before keys are taken.
    ///
    /// It is called for each such transaction, and the key comes back when all of them have given it back.
    func reserve(_ lease: Lease) { state.withLock { $0.reserve(lease.keyIndex, lease.sequenceNumber) } }

    private func give(_ grants: [KeyPoolState.Delivery]) {
        for grant in grants { grant.continuation.resume(returning: grant.grant) }
    }
}
