public import Metering

/// What one epoch says about one customer: which receipts it holds, what they cost, and where they stand in the chain.
///
/// An epoch holds the receipts after the last one that an epoch before holds, up to the last one there was when it was
/// closed, whatever the times of the events. So no receipt is in two epochs, and none is left out.
public struct CustomerEpoch: Sendable, Hashable {
    /// The customer.
    public var customer: CustomerID
    /// The epoch.
    public var epoch: Epoch
    /// The root of the tree over the receipts, in sequence order.
    ///
    /// Its sum is what they cost.
    public var root: MerkleSumNode
    /// The sequence number of the first receipt: leaf 0 of the tree.
    public var firstSequence: Int64
    /// The sequence number of the last receipt.
    public var lastSequence: Int64
    /// The hash of the receipt before the first one; all zeros when there is none.
    public var previousHash: ReceiptHash
    /// The hash of the last receipt.
    public var lastHash: ReceiptHash
    /// All that the customer was ever charged, up to and with this epoch.
    public var cumulativeCharge: PicoUSD
    /// All units other than web searches that the customer ever used, up to and with this epoch: tokens.
    public var cumulativeTokens: Int64
    /// Receipts of this epoch that have no price.
    ///
    /// They are in the tree, and not in its sum.
    public var unpriced: Int64
    /// The price books that rated the receipts, in bytewise order, each once.
    public var priceBooks: [PriceBookHash]
    /// The hash of the customer's entry before this one; all zeros for the first.
    public var previousEntry: Digest32

    /// How many receipts the tree has.
    public var count: Int64 { lastSequence - firstSequence + 1 }

    /// The price book as settlements state it: the only one, or SHA3-256 over the hashes of several.
    public var priceBookHash: PriceBookHash {
        priceBooks.count == 1 ? priceBooks[0] : .sha3(priceBooks.flatMap(\.bytes))
    }

    /// The entry's canonical JSON, which is hashed for the operator's tree.
    public var json: CanonicalJSON {
        .object([
            "count": .number(count), "cumulative_charge": .number(cumulativeCharge.rawValue),
            "cumulative_tokens": .number(cumulativeTokens), "customer": .string(customer.rawValue),
            "epoch": .number(epoch.rawValue), "first_sequence": .number(firstSequence),
            "last_hash": .digest(lastHash), "last_sequence": .number(lastSequence),
            "previous_entry": .digest(previousEntry), "previous_hash": .digest(previousHash),
            "price_books": .array(priceBooks.map(CanonicalJSON.digest)), "root": .digest(root.hash),
            "sum": .number(root.sum), "unpriced": .number(unpriced), "version": .number(1),
        ])
    }

    /// SHA3-256 over the canonical JSON.
    public var hash: Digest32 { .sha3(json.bytes) }

    /// The entry as a leaf of the operator's tree.
    public var leaf: MerkleSumNode { .leaf(hash, sum: root.sum) }

    /// Reads an entry.
    ///
    /// - Throws: `invalidInput` when a member is missing, unknown or contradicts another.
    public init(_ json: CanonicalJSON) throws(OracleError) {
        do throws(MeteringError) {
            var members = try CanonicalJSON.Members(json, of: "the customer's epoch")
            try members.expectVersion(1)
            customer = try CustomerID(validating: try members.string("customer"))
            epoch = Epoch(try members.integer("epoch"))
            root = MerkleSumNode(hash: try members.digest("root"), sum: try members.integer("sum"))
            firstSequence = try members.integer("first_sequence")
            lastSequence = try members.integer("last_sequence")
            previousHash = try members.digest("previous_hash")
            lastHash = try members.digest("last_hash")
            cumulativeCharge = PicoUSD(try members.integer("cumulative_charge"))
            cumulativeTokens = try members.integer("cumulative_tokens")
            unpriced = try members.integer("unpriced")
            priceBooks = try members.digests("price_books")
            previousEntry = try members.digest("previous_entry")
            let count = try members.integer("count", as: Int64.self)
            guard firstSequence >= 1, lastSequence >= firstSequence, count == lastSequence - firstSequence + 1 else {
                throw members.error("count", "does not fit the sequence numbers")
            }
            guard (0...count).contains(unpriced) else { throw members.error("unpriced", "is out of range") }
            guard let sum = Int128(exactly: root.sum), cumulativeCharge.rawValue >= sum else {
                throw members.error("cumulative_charge", "is less than the epoch's sum")
            }
            try members.finish()
        } catch { throw OracleError(.invalidInput, error.message) }
    }

    init(
        customer: CustomerID, epoch: Epoch, root: MerkleSumNode, firstSequence: Int64, lastSequence: Int64,
        previousHash: ReceiptHash, lastHash: ReceiptHash, cumulativeCharge: PicoUSD, cumulativeTokens: Int64,
        unpriced: Int64, priceBooks: [PriceBookHash], previousEntry: Digest32
    ) {
        self.customer = customer
        self.epoch = epoch
        self.root = root
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
        self.previousHash = previousHash
        self.lastHash = lastHash
        self.cumulativeCharge = cumulativeCharge
        self.cumulativeTokens = cumulativeTokens
        self.unpriced = unpriced
        self.priceBooks = priceBooks
        self.previousEntry = previousEntry
    }
}

extension Digest32 {
    /// SHA3-256 (FIPS 202) of `bytes`.
    static func sha3(_ bytes: [UInt8]) -> Digest32 { bytes.withUnsafeBytes { .sha3($0) } }
}

extension CanonicalJSON.Members {
    mutating func expectVersion(_ version: Int) throws(MeteringError) {
        guard try integer("version", as: Int.self) == version else { throw error("version", "is not \(version)") }
    }

    mutating func digests(_ name: String) throws(MeteringError) -> [Digest32] {
        var digests: [Digest32] = []
        for element in try array(name) {
            guard case .string(let text) = element, let digest = Digest32(hex: text), digest.description == text else {
                throw error(name, "holds something else than digests")
            }
            digests.append(digest)
        }
        return digests
    }
}
