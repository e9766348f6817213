/// What an oracle found when it compared the ledger with what it had sent.
public struct ReconciliationReport: Sendable, Hashable {
    /// The epoch.
    public var epoch: Epoch
    /// How many items were sent.
    public var items: Int
    /// What moved for this epoch, as far as the confirmations told.
    public var moved: PicoUSD
    /// What the subscriptions that were settled still owe.
    public var unsettled: PicoUSD
    /// What is not as it should be; empty when all is well.
    public var findings: [String]
    /// Creates a report.
    public init(epoch: Epoch, items: Int, moved: PicoUSD, unsettled: PicoUSD, findings: [String]) {
        self.epoch = epoch
        self.items = items
        self.moved = moved
        self.unsettled = unsettled
        self.findings = findings
    }
}
