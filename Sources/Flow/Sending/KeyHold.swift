internal import Synchronization

/// One transaction's hold on its proposal key, which ends once.
///
/// It ends when the sequence number is known to be used up or not, which may be before the transaction has ended: an
/// executed transaction is in a block that is final, so a later one with the next number can only come behind it.
final class KeyHold: Sendable {
    private let pool: KeyPool
    private let lease: KeyPool.Lease
    /// Whether nobody else can have used the key since: not known of a transaction that is followed again.
    private let isExact: Bool
    private let isHeld = Mutex(true)

    init(_ pool: KeyPool, _ lease: KeyPool.Lease, isExact: Bool) {
        self.pool = pool
        self.lease = lease
        self.isExact = isExact
    }

    /// Gives the key back; only the first time counts.
    func release(_ use: KeyPool.Use) {
        guard
            isHeld.withLock({ isHeld in
                defer { isHeld = false }; return isHeld
            })
        else { return }
        pool.release(lease, use, isExact: isExact)
    }

    /// Keeps the key for the transaction's successor.
    ///
    /// - Returns: `nil` when the key was given back already, or cannot be used any more.
    func renew(_ use: KeyPool.Use) async throws(FlowError) -> KeyPool.Lease? {
        guard isHeld.withLock({ $0 }) else { return nil }
        return try await pool.renew(lease, use)
    }

    /// Whether the key was revoked, or is not the pool's signer's any more; then it is given up.
    func isRevoked() async throws(FlowError) -> Bool {
        guard isHeld.withLock({ $0 }) else { return false }
        return try await pool.isRevoked(lease)
    }
}
