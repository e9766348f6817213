/// How patiently a sender follows its transactions.
public struct SenderConfiguration: Sendable, Hashable {
    /// The pause between two questions for a result.
    public var pollInterval: Duration
    /// How many questions without a trace of the transaction lead to sending the same bytes again.
    public var resendAfterMisses: Int
    /// How many blocks behind its reference block a transaction can still be in a block.
    ///
    /// Never less than the chain allows: what could still land would be signed anew. The default is that of every network
    /// (``FlowChain/transactionExpiry``), and safe for an emulator that was started with a shorter one: it only takes longer
    /// until a transaction that got lost is signed anew. An emulator without an expiry needs `.max`: nothing is signed anew.
    public var expiryBlocks: UInt64
    /// How long a reference block is used for new transactions.
    public var referenceAge: Duration
    /// How old the known height of the chain may be when a transaction is checked for being expired.
    public var heightAge: Duration
    /// How many transactions are signed for one intent at most, each after the last could no longer land.
    public var maximumAttempts: UInt32
    /// How many questions after its life decide that nobody knows a transaction whose sequence number was used.
    public var lastQuestions: Int

    /// Creates a configuration; the defaults suit the networks.
    public init(
        pollInterval: Duration = .milliseconds(1000), resendAfterMisses: Int = 5,
        expiryBlocks: UInt64 = FlowChain.transactionExpiry, referenceAge: Duration = .seconds(30),
        heightAge: Duration = .seconds(5), maximumAttempts: UInt32 = 5, lastQuestions: Int = 20
    ) {
        self.pollInterval = pollInterval
        self.resendAfterMisses = max(resendAfterMisses, 1)
        self.expiryBlocks = expiryBlocks
        self.referenceAge = referenceAge
        self.heightAge = heightAge
        self.maximumAttempts = max(maximumAttempts, 1)
        self.lastQuestions = max(lastQuestions, 1)
    }
}
