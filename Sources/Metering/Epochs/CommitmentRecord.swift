/// A commitment to an epoch as a store keeps it: the document, and what links it to the one before.
///
/// What the document says is the `Oracle` module's business; a store keeps it for ever and unchanged.
public struct CommitmentRecord: Sendable, Hashable {
    /// The epoch.
    public var epoch: Epoch
    /// SHA3-256 over the document.
    public var hash: Digest32
    /// The hash of the commitment before; all zeros for the first.
    public var previous: Digest32
    /// How far the usage store had been read: the position of the last event that was looked at.
    ///
    /// A shortcut only: no harm is done when it is too low.
    public var position: Int64
    /// The commitment in canonical JSON.
    public var document: [UInt8]

    /// Creates a record.
    public init(epoch: Epoch, hash: Digest32, previous: Digest32, position: Int64, document: [UInt8]) {
        self.epoch = epoch
        self.hash = hash
        self.previous = previous
        self.position = position
        self.document = document
    }
}

/// What an epoch says about one customer, as a store keeps it.
public struct EntryRecord: Sendable, Hashable {
    /// The customer.
    public var customer: CustomerID
    /// The epoch.
    public var epoch: Epoch
    /// SHA3-256 over the document.
    public var hash: Digest32
    /// The hash of the customer's entry before, in whatever epoch; all zeros for the first.
    public var previous: Digest32
    /// The sequence number of the first receipt that the entry holds.
    public var firstSequence: Int64
    /// The sequence number of the last receipt that the entry holds.
    public var lastSequence: Int64
    /// What is due with the entry: its sum in the operator's tree.
    public var due: PicoUSD
    /// The months that the entry has charges of, in order.
    public var months: [Month]
    /// The entry in canonical JSON.
    public var document: [UInt8]

    /// Creates a record.
    public init(
        customer: CustomerID, epoch: Epoch, hash: Digest32, previous: Digest32, firstSequence: Int64,
        lastSequence: Int64, due: PicoUSD, months: [Month], document: [UInt8]
    ) {
        self.customer = customer
        self.epoch = epoch
        self.hash = hash
        self.previous = previous
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
        self.due = due
        self.months = months
        self.document = document
    }
}

/// What of an entry goes into the operator's tree.
public struct EntryLeaf: Sendable, Hashable {
    /// The customer.
    public var customer: CustomerID
    /// SHA3-256 over the entry's document.
    public var hash: Digest32
    /// What is due with the entry.
    public var due: PicoUSD

    /// Creates a leaf.
    public init(customer: CustomerID, hash: Digest32, due: PicoUSD) {
        self.customer = customer
        self.hash = hash
        self.due = due
    }
}

/// An attestation of a commitment as a store keeps it.
public struct AttestationRecord: Sendable, Hashable {
    /// The epoch.
    public var epoch: Epoch
    /// The hash of the commitment.
    public var commitment: Digest32
    /// How it was attested, such as `publisher`.
    public var method: String
    /// What proves it, in canonical JSON.
    public var document: [UInt8]

    /// Creates a record.
    public init(epoch: Epoch, commitment: Digest32, method: String, document: [UInt8]) {
        self.epoch = epoch
        self.commitment = commitment
        self.method = method
        self.document = document
    }
}
