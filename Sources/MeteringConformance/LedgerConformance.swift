import Metering

/// What every `Ledger` has to do.
///
/// A ledger's tests run all of ``checks``.
public enum LedgerConformance {
    /// One check: a sentence that has to be true of a ledger.
    public struct Check: Sendable, CustomStringConvertible {
        /// What has to be true.
        public let description: String
        private let body: @Sendable (LedgerHarness) async throws -> Void

        init(_ description: String, _ body: @escaping @Sendable (LedgerHarness) async throws -> Void) {
            self.description = description
            self.body = body
        }

        /// Runs the check with ledgers of its own.
        ///
        /// - Throws: ``ConformanceFailure`` when the sentence is not true, or the error that the ledger threw.
        public func run(_ harness: LedgerHarness) async throws { try await body(harness) }
    }

    /// All checks.
    public static let checks: [Check] = customerChecks + settlementChecks + providerChecks + randomChecks
}

/// A ledger with one subscription, and short ways to use it.
///
/// Amounts are 64 bits wide here: Swift 6.3 miscompiles an async function that gets an `Int128` on the stack, which is
/// where arguments after the sixth word are.
struct LedgerFixture {
    static let start = Timestamp(milliseconds: 1_795_000_200_000)
    let ledger: any Ledger
    let id = SubscriptionID(rawValue: "sub-1")
    let customer = CustomerID(rawValue: "acme")

    init(
        _ harness: LedgerHarness, unit: Int64 = 1, caps: SpendingCaps = .none, escrow: Int64 = 1_000,
        periodLength: Int64 = 3_600_000
    ) async throws {
        ledger = try await harness.ledger(unit: Int128(unit))
        _ = try await ledger.subscribe(
            SubscriptionTerms(id: id, customer: customer, caps: caps, periodLength: periodLength, grace: 1_000_000),
            at: Self.start)
        if escrow > 0 { try await deposit(escrow, "first") }
    }

    var first: Epoch { ledger.schedule.epoch(at: Self.start) }

    func epoch(_ offset: Int64) -> Epoch { Epoch(first.rawValue + offset) }

    func time(_ offset: Int64) -> Timestamp { ledger.schedule.start(of: epoch(offset)) }

    func deposit(_ amount: Int64, _ reference: String, to id: SubscriptionID? = nil) async throws {
        try await ledger.deposit(
            PicoUSD(Int128(amount)), to: id ?? self.id, reference: TransferReference(rawValue: reference),
            at: Self.start)
    }

    func item(_ cumulative: Int64, _ id: SubscriptionID? = nil) -> SettlementItem {
        SettlementItem(
            subscription: id ?? self.id, cumulativeCharge: PicoUSD(Int128(cumulative)),
            customerRoot: Digest32(words: (1, 2, 3, UInt64(truncatingIfNeeded: cumulative))), priceBook: .zero)
    }

    @discardableResult
    func settle(
        _ offset: Int64, _ cumulative: Int64, _ id: SubscriptionID? = nil
    ) async throws -> SettlementOutcome {
        let batch = SettlementBatch(epoch: epoch(offset), items: [item(cumulative, id)])
        return try await ledger.settle(batch, at: time(offset + 1))[0]
    }

    /// Settles and checks what moved, what is left, and why.
    func settle(
        _ offset: Int64, _ cumulative: Int64, moves moved: Int64, leaves unsettled: Int64 = 0,
        _ limits: Set<SettlementOutcome.Limit> = [], _ id: SubscriptionID? = nil
    ) async throws {
        let outcome = try await settle(offset, cumulative, id)
        let expected = SettlementOutcome.Settled(
            moved: PicoUSD(Int128(moved)), unsettled: PicoUSD(Int128(unsettled)), limits: limits)
        try expect(outcome, equals: .settled(expected), "epoch \(offset) with a total of \(cumulative)")
    }

    func escrow() async throws -> Int64 { Int64(try await ledger.balance(of: .escrow(id)).rawValue) }
    func earned() async throws -> Int64 { Int64(try await ledger.balance(of: .earnings(.operator)).rawValue) }

    func subscription() async throws -> Subscription {
        guard let subscription = try await ledger.subscription(id) else {
            throw ConformanceFailure("the subscription is gone")
        }
        return subscription
    }
}
