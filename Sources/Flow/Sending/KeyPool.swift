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

    /// How often the chain must not know a key before it is given up.
    private static let unknownLimit = 10

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

    /// Takes the key that was idle for longest; waits when there is none.
    ///
    /// - Throws: ``FlowError/Code/noKey`` when every key was given up, and ``FlowError/Code/closed`` when cancelled.
    func take() async throws(FlowError) -> Lease {
        var unknown: [UInt32: Int] = [:]
        while true {
            let (index, known) = try await idleKey()
            if let known { return Lease(keyIndex: index, sequenceNumber: known) }
            do throws(FlowError) {
                let key = try await client.key(index, of: address)
                guard !key.isRevoked, key.publicKey == signer.publicKey else {
                    give(state.withLock { $0.lose(index) })
                    continue
                }
                state.withLock { $0.identify(index, key.sequenceNumber) }
                return Lease(keyIndex: index, sequenceNumber: key.sequenceNumber)
            } catch {
                // A node that is behind does not know a new key yet.
                unknown[index, default: 0] += error.code == .notFound ? 1 : 0
                if unknown[index] == Self.unknownLimit {
                    give(state.withLock { $0.lose(index) })
                } else {
                    try await rest(index, after: error)
                }
            }
        }
    }

    /// The next sequence number of a key that its holder keeps for another transaction.
    ///
    /// Trouble with the nodes is waited out.
    ///
    /// - Returns: `nil` when the pool does not have the key out, or gives it up because it was revoked.
    func renew(_ lease: Lease, _ use: Use) async throws(FlowError) -> Lease? {
        let index = lease.keyIndex
        guard state.withLock({ $0.isInFlight(index) }) else { return nil }
        guard let number = try await number(after: lease, use) else { return nil }
        state.withLock { $0.replace(index, lease.sequenceNumber, by: number) }
        return Lease(keyIndex: index, sequenceNumber: number)
    }

    private func number(after lease: Lease, _ use: Use) async throws(FlowError) -> UInt64? {
        switch use {
        case .used: return lease.sequenceNumber + 1
        case .next(let number): return number
        case .unknown: break
        }
        while true {
            do throws(FlowError) {
                let key = try await client.key(lease.keyIndex, of: address)
                guard !key.isRevoked, key.publicKey == signer.publicKey else {
                    give(state.withLock { $0.lose(lease.keyIndex) })
                    return nil
                }
                return key.sequenceNumber
            } catch {
                if Task.isCancelled { throw FlowError(.closed, "signing anew was cancelled", cause: error) }
                try await client.sleep(.milliseconds(500))
            }
        }
    }

    /// A key whose state cannot be read waits before it comes back, so that a failing node is not asked without end.
    private func rest(_ index: UInt32, after error: FlowError) async throws(FlowError) {
        if Task.isCancelled {
            give(state.withLock { $0.release(index, nil, next: nil) })
            throw error
        }
        do throws(FlowError) { try await client.sleep(.milliseconds(500)) } catch {
            give(state.withLock { $0.release(index, nil, next: nil) })
            throw error
        }
        give(state.withLock { $0.release(index, nil, next: nil) })
    }

    private func idleKey() async throws(FlowError) -> (UInt32, UInt64?) {
        let ticket = state.withLock { $0.nextTicket() }
        let grant: KeyPoolState.Grant = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let immediate = state.withLock { $0.ask(ticket, continuation) }
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
    func release(_ lease: Lease, _ use: Use) {
        let next: UInt64? =
            switch use {
            case .used: lease.sequenceNumber + 1
            case .next(let number): number
            case .unknown: nil
            }
        give(state.withLock { $0.release(lease.keyIndex, lease.sequenceNumber, next: next) })
    }

    /// Marks a key as used by a transaction of an earlier run; must be called before keys are taken.
    ///
    /// It is called for each such transaction, and the key comes back when all of them have given it back.
    func reserve(_ lease: Lease) { state.withLock { $0.reserve(lease.keyIndex, lease.sequenceNumber) } }

    private func give(_ grants: [KeyPoolState.Delivery]) {
        for grant in grants { grant.continuation.resume(returning: grant.grant) }
    }
}
