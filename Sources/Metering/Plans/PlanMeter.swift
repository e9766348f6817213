/// Adds up a customer's charges by their plan.
///
/// Give it the customer's events in the order of their sequence numbers, or those of whole months. An event belongs to
/// the UTC month of its time, and is charged by the plan of its time on top of the month's sum so far. So what is due
/// never falls when an event is added, late ones included; and while the plan stays the same, their order is of no
/// consequence.
public struct PlanMeter: Sendable, Hashable {
    /// The sums of one month.
    public struct MonthSums: Sendable, Hashable {
        /// Σ charges at list price.
        public var list = PicoUSD.zero
        /// What they cost by the plan, exactly.
        public var exact = ExactAmount.zero
        /// What is due: rounded down once, on the month's total.
        public var due: PicoUSD { exact.roundedDown }
    }

    /// The plans.
    public let plans: PlanHistory
    /// The sums by month.
    public private(set) var months: [Month: MonthSums] = [:]

    /// Creates a meter at zero.
    public init(plans: PlanHistory) { self.plans = plans }

    /// Adds a charge at list price.
    ///
    /// - Returns: By how much the total due rose.
    /// - Throws: `overflow`.
    @discardableResult
    public mutating func add(_ charge: PicoUSD, at time: Timestamp) throws(MeteringError) -> PicoUSD {
        let month = time.day.month
        var sums = months[month] ?? MonthSums()
        let before = sums.due
        let list = try sums.list.adding(charge)
        sums.exact = try sums.exact.adding(plans.plan(at: time).cost(from: sums.list, to: list))
        sums.list = list
        months[month] = sums
        return sums.due - before
    }

    /// All that was ever due: the cumulative charge of a settlement.
    public var due: PicoUSD { months.values.reduce(.zero) { $0 + $1.due } }
}
