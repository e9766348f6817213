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
        public var list: PicoUSD
        /// What they cost by the plan, exactly.
        public var exact: ExactAmount

        /// Creates sums; nothing unless said otherwise.
        public init(list: PicoUSD = .zero, exact: ExactAmount = .zero) {
            self.list = list
            self.exact = exact
        }

        /// What is due: rounded down once, on the month's total.
        public var due: PicoUSD { exact.roundedDown }
    }

    /// The plans; those that change here hold for what is added from now on.
    public var plans: PlanHistory
    /// The sums by month.
    public private(set) var months: [Month: MonthSums] = [:]
    /// All that was ever due: the cumulative charge of a settlement.
    public private(set) var due = PicoUSD.zero

    /// Creates a meter at zero.
    public init(plans: PlanHistory) { self.plans = plans }

    /// Creates a meter that goes on from sums of before.
    ///
    /// - Parameter earlier: What was due besides, of months that are not among them.
    public init(plans: PlanHistory, months: [Month: MonthSums], earlier: PicoUSD = .zero) {
        self.plans = plans
        self.months = months
        due = months.values.reduce(earlier) { $0 + $1.due }
    }

    /// Adds a charge at list price.
    ///
    /// - Returns: By how much the total due rose.
    /// - Throws: `overflow`.
    @discardableResult
    public mutating func add(_ charge: PicoUSD, at time: Timestamp) throws(MeteringError) -> PicoUSD {
        try add(charge, in: time.day.month, by: plans.plan(at: time))
    }

    /// Adds charges of one month that fall under one plan.
    ///
    /// - Returns: By how much the total due rose.
    /// - Throws: `overflow`.
    @discardableResult
    public mutating func add(
        _ charge: PicoUSD, in month: Month, by plan: Plan
    ) throws(MeteringError) -> PicoUSD {
        var sums = months[month] ?? MonthSums()
        let before = sums.due
        let list = try sums.list.adding(charge)
        sums.exact = try sums.exact.adding(plan.cost(from: sums.list, to: list))
        sums.list = list
        months[month] = sums
        due = try due.adding(sums.due - before)
        return sums.due - before
    }
}
