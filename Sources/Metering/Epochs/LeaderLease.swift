/// Lets one oracle of several work at a time.
///
/// The lease saves work; it is not what keeps money safe. Two oracles that both think they lead collide at the
/// ``EpochStore``, which keeps one commitment an epoch, and at the ledger, which settles an epoch once.
public protocol LeaderLease: Sendable {
    /// Takes or extends the lease.
    ///
    /// A lease that lasts longer than one taken now would is of a clock that was set back since, and holds nobody up.
    ///
    /// - Parameters:
    ///   - holder: Who asks; unique to a process.
    ///   - now: The time.
    ///   - duration: For how many milliseconds.
    /// - Returns: Whether the holder leads until then.
    func hold(by holder: String, at now: Timestamp, for duration: Int64) async throws(MeteringError) -> Bool
    /// Gives the lease up, if the holder has it.
    func release(by holder: String) async throws(MeteringError)
    /// The lease as it stands, or `nil` when nobody ever had it.
    func lease() async throws(MeteringError) -> Lease?
}

/// Who leads, and when that was last said.
public struct Lease: Sendable, Hashable {
    /// Who took it last.
    public var holder: String
    /// When it was taken or last extended: the last time that an oracle believed in.
    public var held: Timestamp
    /// Until when it lasts; in the past once it was given up.
    public var until: Timestamp

    /// Creates a lease.
    public init(holder: String, held: Timestamp, until: Timestamp) {
        self.holder = holder
        self.held = held
        self.until = until
    }
}
