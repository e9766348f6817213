public import Metering

/// Makes a customer's entry of an epoch from its receipts, one by one, in memory that does not grow with their number.
public struct CustomerEpochBuilder: Sendable {
    /// Whose entry it is.
    public let customer: CustomerID
    private let epoch: Epoch
    private let previous: CustomerEpoch?
    private let plans: PlanHistory
    private var charges: PlanRuns
    private var tree = MerkleSumAccumulator()
    private var lastSequence: Int64
    private var lastHash: ReceiptHash
    private var cumulativeCharge: PicoUSD
    private var cumulativeTokens: Int64
    private var unpriced: Int64 = 0
    private var priceBooks: [PriceBookHash] = []
    /// Receipts that came before one that they follow, by sequence number.
    private var waiting: [Int64: AppendedEvent] = [:]

    /// Begins an entry.
    ///
    /// - Parameters:
    ///   - previous: The customer's last entry, in whatever epoch; `nil` when there is none.
    ///   - plans: The customer's plans, which make amounts due of list prices.
    /// - Throws: `conflict` when that is another customer's, or not of an earlier epoch.
    public init(
        customer: CustomerID, epoch: Epoch, after previous: CustomerEpoch?, plans: PlanHistory = .list
    ) throws(OracleError) {
        if let previous, previous.customer != customer || previous.epoch >= epoch {
            throw OracleError(
                .conflict, "epoch \(epoch) of \(customer) cannot follow epoch \(previous.epoch) of \(previous.customer)"
            )
        }
        self.customer = customer
        self.epoch = epoch
        self.previous = previous
        self.plans = plans
        charges = PlanRuns(plans: plans)
        lastSequence = previous?.lastSequence ?? 0
        lastHash = previous?.lastHash ?? .zero
        cumulativeCharge = previous?.cumulativeCharge ?? .zero
        cumulativeTokens = previous?.cumulativeTokens ?? 0
    }

    /// Appends a receipt of the customer, after checking that it is what its hash says.
    ///
    /// A receipt that an earlier epoch holds is passed over. One that comes before those it follows waits for them: a
    /// store gives the receipts of one commit in any order.
    ///
    /// - Throws: `brokenChain` when it is not, or came before; `overflow` when a total leaves its range. Nothing is
    ///   committed then.
    public mutating func append(_ appended: AppendedEvent) throws(OracleError) {
        var hasher = ReceiptHasher()
        try append(appended, hasher: &hasher)
    }

    /// The same, with a hasher that is used again.
    mutating func append(_ appended: AppendedEvent, hasher: inout ReceiptHasher) throws(OracleError) {
        if let previous, appended.sequence <= previous.lastSequence { return }
        guard appended.event.customer == customer, appended.sequence > lastSequence else { throw missing(appended) }
        guard appended.sequence == lastSequence + 1 else {
            guard waiting.updateValue(appended, forKey: appended.sequence) == nil else { throw missing(appended) }
            return
        }
        try take(appended, &hasher)
        while !waiting.isEmpty, let next = waiting.removeValue(forKey: lastSequence + 1) { try take(next, &hasher) }
    }

    private func missing(_ found: AppendedEvent) -> OracleError {
        OracleError(
            .brokenChain,
            "expected receipt \(lastSequence + 1) of \(customer), found \(found.sequence) of \(found.event.customer)")
    }

    private mutating func take(_ appended: AppendedEvent, _ hasher: inout ReceiptHasher) throws(OracleError) {
        let event = appended.event
        // The receipt before goes into the hash, so a wrong link shows here as well as a changed event.
        let hash = hasher.hash(event, sequence: appended.sequence, previousHash: lastHash)
        guard hash == appended.hash else {
            throw OracleError(
                .brokenChain,
                "receipt \(appended.sequence) of \(customer) is not what its hash says, or does not follow the one "
                    + "before; receipts were changed. The epoch stays open; run `flowmeter events verify`")
        }
        try tree.append(try .receipt(hash, charge: event.charge))
        switch event.charge {
        case .priced(let charge):
            do throws(MeteringError) {
                cumulativeCharge = try cumulativeCharge.adding(charge)
                try charges.add(charge, at: event.time)
            } catch { throw OracleError(.overflow, error.message) }
        case .unpriced: unpriced += 1
        }
        for line in event.lines where line.sku != .webSearch {
            // A count of tokens decides only when to settle, so at the end of its range it may as well stand still.
            let (sum, overflow) = cumulativeTokens.addingReportingOverflow(line.quantity)
            cumulativeTokens = overflow ? .max : sum
        }
        if !priceBooks.contains(event.priceBook) { priceBooks.append(event.priceBook) }
        lastSequence = appended.sequence
        lastHash = hash
    }

    /// The months that have charges here, and whose sums the customer's last entry does not tell.
    ///
    /// Each needs the sums of the last entry that has the month, when there is one.
    public var unknownMonths: [Month] {
        guard let previous else { return [] }
        return charges.months.filter { previous.months[$0] == nil }.sorted()
    }

    /// The entry; `nil` when there are no receipts.
    ///
    /// - Parameter earlier: The sums before this epoch of the ``unknownMonths``; of those without charges there are none.
    /// - Throws: `brokenChain` when a receipt is missing; `overflow` when the sum leaves its range.
    public func finish(earlier: [Month: PlanMeter.MonthSums] = [:]) throws(OracleError) -> CustomerEpoch? {
        if let first = waiting.min(by: { $0.key < $1.key })?.value { throw missing(first) }
        guard tree.count > 0 else { return nil }
        let touched = charges.months
        let before = (previous?.months ?? [:]).merging(earlier) { last, _ in last }.filter { touched.contains($0.key) }
        var meter = PlanMeter(plans: plans, months: before)
        let (due, cumulativeDue): (PicoUSD, PicoUSD)
        do throws(MeteringError) {
            due = try charges.apply(to: &meter)
            cumulativeDue = try (previous?.cumulativeDue ?? .zero).adding(due)
        } catch { throw OracleError(.overflow, error.message) }
        return CustomerEpoch(
            customer: customer, epoch: epoch, root: try tree.root(),
            firstSequence: (previous?.lastSequence ?? 0) + 1, lastSequence: lastSequence,
            previousHash: previous?.lastHash ?? .zero, lastHash: lastHash, due: due,
            cumulativeCharge: cumulativeCharge, cumulativeDue: cumulativeDue, cumulativeTokens: cumulativeTokens,
            plans: plans, months: meter.months, unpriced: unpriced,
            priceBooks: priceBooks.sorted { $0.precedes($1) }, previousEntry: previous?.hash ?? .zero)
    }
}

extension Digest32 {
    /// Whether the bytes come before the other's.
    func precedes(_ other: Digest32) -> Bool { words < other.words }
}
