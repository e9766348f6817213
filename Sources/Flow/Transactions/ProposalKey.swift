/// The key whose sequence number a transaction uses up.
public struct ProposalKey: Sendable, Hashable {
    /// The proposer's account.
    public var address: FlowAddress
    /// The key's index in the account.
    public var keyIndex: UInt32
    /// The key's sequence number: it must be exactly the next one.
    public var sequenceNumber: UInt64

    /// Creates a proposal key.
    public init(address: FlowAddress, keyIndex: UInt32, sequenceNumber: UInt64) {
        self.address = address
        self.keyIndex = keyIndex
        self.sequenceNumber = sequenceNumber
    }
}
