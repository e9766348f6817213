/// All that an oracle keeps: commitments, what is to be settled, and who leads.
public protocol OracleStore: EpochStore, Outbox, LeaderLease {
    /// Makes what was done durable and closes the store; closing it again changes nothing.
    func close() async throws(MeteringError)
}
