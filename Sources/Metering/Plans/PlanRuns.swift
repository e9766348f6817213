/// Charges at list price in the order in which a plan makes amounts due of them, as few numbers as that takes.
///
/// What a plan asks for depends on the month's sum so far, which may not be known yet when the charges are read. Charges of
/// one month under one plan that follow each other can be added up first: their cost is the same (see `Plan.cost`).
public struct PlanRuns: Sendable {
    private struct Run {
        var month: Month
        var plan: Plan
        var list: PicoUSD
        /// The moments of which the charges belong here, in milliseconds.
        var window: Range<Int64>
    }

    private let plans: PlanHistory
    private var runs: [Run] = []
    private var last = 0

    /// Begins without charges.
    public init(plans: PlanHistory) { self.plans = plans }

    /// The months that have charges.
    public var months: Set<Month> { Set(runs.map(\.month)) }

    /// Adds a charge; those of one month come in the order in which they are made due.
    ///
    /// - Throws: `overflow`.
    public mutating func add(_ charge: PicoUSD, at time: Timestamp) throws(MeteringError) {
        if runs.isEmpty || !runs[last].window.contains(time.milliseconds) { place(time) }
        runs[last].list = try runs[last].list.adding(charge)
    }

    /// Finds the run that goes on at a moment, or begins one.
    private mutating func place(_ time: Timestamp) {
        let (month, plan) = (time.day.month, plans.plan(at: time))
        let window = plans.validity(at: time)
            .clamped(to: month.firstDay.start.milliseconds..<month.next.firstDay.start.milliseconds)
        // Only the month's last run can go on: charges under another plan have come between otherwise.
        if let found = runs.lastIndex(where: { $0.month == month }), runs[found].plan == plan {
            last = found
            runs[found].window = window
        } else {
            last = runs.count
            runs.append(Run(month: month, plan: plan, list: .zero, window: window))
        }
    }

    /// Makes the charges due.
    ///
    /// - Returns: By how much the total due rose.
    /// - Throws: `overflow`.
    public func apply(to meter: inout PlanMeter) throws(MeteringError) -> PicoUSD {
        var rise = PicoUSD.zero
        for run in runs { rise = try rise.adding(try meter.add(run.list, in: run.month, by: run.plan)) }
        return rise
    }
}
