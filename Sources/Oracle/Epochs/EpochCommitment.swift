public import Metering

/// What an operator states, for ever, about an epoch: one root over all customers, and the sum of all charges.
///
/// It does not name the customers. Each gets its own entry with a proof that leads to this root.
public struct EpochCommitment: Sendable, Hashable {
    /// The epoch.
    public var epoch: Epoch
    /// The length of an epoch in seconds.
    public var epochSeconds: Int64
    /// When it was closed.
    public var closed: Timestamp
    /// The root of the tree over the customers' entries, in bytewise order of their ids.
    ///
    /// Its sum is what is due with the epoch.
    public var root: MerkleSumNode
    /// How many customers have an entry: the size of the tree.
    public var customers: Int64
    /// How many receipts all entries hold.
    public var receipts: Int64
    /// How many of them have no price.
    public var unpriced: Int64
    /// All that all receipts ever charged at list price, up to and with this epoch.
    public var cumulativeCharge: PicoUSD
    /// All that was ever due by the customers' plans, up to and with this epoch: what is settled.
    public var cumulativeDue: PicoUSD
    /// The hash of the operator's commitment before this one; all zeros for the first.
    public var previous: Digest32

    /// Creates a commitment.
    public init(
        epoch: Epoch, epochSeconds: Int64, closed: Timestamp, root: MerkleSumNode, customers: Int64, receipts: Int64,
        unpriced: Int64, cumulativeCharge: PicoUSD, cumulativeDue: PicoUSD, previous: Digest32
    ) {
        self.epoch = epoch
        self.epochSeconds = epochSeconds
        self.closed = closed
        self.root = root
        self.customers = customers
        self.receipts = receipts
        self.unpriced = unpriced
        self.cumulativeCharge = cumulativeCharge
        self.cumulativeDue = cumulativeDue
        self.previous = previous
    }

    /// The canonical JSON, which is hashed and signed.
    public var json: CanonicalJSON {
        .object([
            "closed": .number(closed.milliseconds), "cumulative_charge": .number(cumulativeCharge.rawValue),
            "cumulative_due": .number(cumulativeDue.rawValue), "customers": .number(customers),
            "epoch": .number(epoch.rawValue), "epoch_seconds": .number(epochSeconds),
            "previous": .digest(previous), "receipts": .number(receipts), "root": .digest(root.hash),
            "sum": .number(root.sum), "unpriced": .number(unpriced), "version": .number(1),
        ])
    }

    /// SHA3-256 over the canonical JSON: what the next commitment names as `previous`.
    public var hash: Digest32 { .sha3(json.bytes) }

    /// Reads a commitment.
    ///
    /// - Throws: `invalidInput` when a member is missing, unknown or out of range.
    public init(_ json: CanonicalJSON) throws(OracleError) {
        do throws(MeteringError) {
            var members = try CanonicalJSON.Members(json, of: "the commitment")
            try members.expectVersion(1)
            epoch = Epoch(try members.integer("epoch"))
            epochSeconds = try EpochSchedule(seconds: try members.integer("epoch_seconds")).seconds
            closed = Timestamp(milliseconds: try members.integer("closed"))
            root = MerkleSumNode(hash: try members.digest("root"), sum: try members.integer("sum"))
            customers = try members.integer("customers")
            receipts = try members.integer("receipts")
            unpriced = try members.integer("unpriced")
            cumulativeCharge = PicoUSD(try members.integer("cumulative_charge"))
            cumulativeDue = PicoUSD(try members.integer("cumulative_due"))
            previous = try members.digest("previous")
            guard (0...receipts).contains(customers), (0...receipts).contains(unpriced) else {
                throw members.error("receipts", "are fewer than the customers or the receipts without a price")
            }
            try members.finish()
        } catch { throw OracleError(.invalidInput, error.message) }
    }
}
