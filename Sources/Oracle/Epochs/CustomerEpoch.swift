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
    /// Its sum is what they cost by the price books: the list price.
    public var root: MerkleSumNode
    /// The sequence number of the first receipt: leaf 0 of the tree.
    public var firstSequence: Int64
    /// The sequence number of the last receipt.
    public var lastSequence: Int64
    /// The hash of the receipt before the first one; all zeros when there is none.
    public var previousHash: ReceiptHash
    /// The hash of the last receipt.
    public var lastHash: ReceiptHash
    /// What the customer's plan makes due of them: the sum of the entry in the operator's tree.
    public var due: PicoUSD
    /// All that the customer's receipts ever charged at list price, up to and with this epoch.
    public var cumulativeCharge: PicoUSD
    /// All that was ever due, up to and with this epoch: what is settled.
    public var cumulativeDue: PicoUSD
    /// The plans by which it became due; empty for the list price.
    public var plans: PlanHistory
    /// The sums of the months that receipts of this epoch belong to, as they are after it.
    ///
    /// With the receipts and ``plans`` they prove ``due``.
    public var months: [Month: PlanMeter.MonthSums]
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
            "cumulative_due": .number(cumulativeDue.rawValue), "cumulative_tokens": .number(cumulativeTokens),
            "customer": .string(customer.rawValue), "due": .number(due.rawValue),
            "epoch": .number(epoch.rawValue), "first_sequence": .number(firstSequence),
            "last_hash": .digest(lastHash), "last_sequence": .number(lastSequence),
            "months": .array(
                months.sorted { $0.key < $1.key }.map { month, sums in
                    .object([
                        "exact": .number(sums.exact.rawValue), "list": .number(sums.list.rawValue),
                        "month": .string(month.description),
                    ])
                }),
            "plans": plans.json, "previous_entry": .digest(previousEntry), "previous_hash": .digest(previousHash),
            "price_books": .array(priceBooks.map(CanonicalJSON.digest)), "root": .digest(root.hash),
            "sum": .number(root.sum), "unpriced": .number(unpriced), "version": .number(1),
        ])
    }

    /// SHA3-256 over the canonical JSON.
    public var hash: Digest32 { .sha3(json.bytes) }

    /// The entry as a leaf of the operator's tree: with what is due.
    public var leaf: MerkleSumNode { leaf(hash: hash) }

    /// The leaf, with a hash that was made before.
    func leaf(hash: Digest32) -> MerkleSumNode { .leaf(hash, sum: UInt128(clamping: due.rawValue)) }

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
            due = PicoUSD(try members.integer("due"))
            cumulativeDue = PicoUSD(try members.integer("cumulative_due"))
            plans = try PlanHistory(try members.value("plans"))
            months = try Self.months(try members.array("months"))
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
            guard due >= .zero, cumulativeDue >= due else {
                throw members.error("cumulative_due", "is less than what is due with the epoch")
            }
            try members.finish()
        } catch { throw OracleError(.invalidInput, error.message) }
    }

    private static func months(_ elements: [CanonicalJSON]) throws(MeteringError) -> [Month: PlanMeter.MonthSums] {
        var months: [Month: PlanMeter.MonthSums] = [:]
        var last: Month?
        for element in elements {
            var members = try CanonicalJSON.Members(element, of: "a month of the entry")
            let month = try Month(text: try members.string("month"))
            let list = PicoUSD(try members.integer("list"))
            let exact = ExactAmount(try members.integer("exact"))
            guard list >= .zero, exact >= .zero, last.map({ $0 < month }) ?? true else {
                throw members.error("month", "is out of order or has a negative sum")
            }
            months[month] = PlanMeter.MonthSums(list: list, exact: exact)
            last = month
            try members.finish()
        }
        return months
    }

    init(
        customer: CustomerID, epoch: Epoch, root: MerkleSumNode, firstSequence: Int64, lastSequence: Int64,
        previousHash: ReceiptHash, lastHash: ReceiptHash, due: PicoUSD, cumulativeCharge: PicoUSD,
        cumulativeDue: PicoUSD, cumulativeTokens: Int64, plans: PlanHistory,
        months: [Month: PlanMeter.MonthSums], unpriced: Int64, priceBooks: [PriceBookHash], previousEntry: Digest32
    ) {
        self.customer = customer
        self.epoch = epoch
        self.root = root
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
        self.previousHash = previousHash
        self.lastHash = lastHash
        self.due = due
        self.cumulativeCharge = cumulativeCharge
        self.cumulativeDue = cumulativeDue
        self.plans = plans
        self.months = months
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
