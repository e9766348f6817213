/// Which plan a customer has when.
public struct PlanHistory: Sendable, Hashable {
    /// A plan, and from when on it holds.
    public struct Change: Sendable, Hashable {
        /// The first moment.
        public var from: Timestamp
        /// The plan.
        public var plan: Plan
        /// Creates a change.
        public init(from: Timestamp, plan: Plan) {
            self.from = from
            self.plan = plan
        }
    }

    /// The changes, oldest first.
    public let changes: [Change]

    /// The list price for ever.
    public static let list = PlanHistory([])

    /// Creates a history; before the first change the list price holds.
    public init(_ changes: [Change]) { self.changes = changes.sorted { $0.from < $1.from } }

    /// The plan at a moment.
    public func plan(at time: Timestamp) -> Plan { changes.last { $0.from <= time }?.plan ?? .list }

    /// From when until when the plan of a moment holds: for these milliseconds it is the same one.
    func validity(at time: Timestamp) -> Range<Int64> {
        let next = changes.firstIndex { $0.from > time } ?? changes.endIndex
        let start = next == 0 ? Int64.min : changes[next - 1].from.milliseconds
        return start..<(next == changes.endIndex ? Int64.max : changes[next].from.milliseconds)
    }

    /// Whether nothing but the list price ever holds.
    public var isList: Bool { changes.allSatisfy { $0.plan == .list } }
}

extension PlanHistory {
    /// The most that charges can make due, when their list price is known and their place in a month's sum is not.
    ///
    /// - Parameters:
    ///   - list: The list price.
    ///   - start: The earliest moment of a charge.
    ///   - end: The latest one.
    ///   - sum: The sum of the first moment's month so far: what is discounted already cannot become dearer in it.
    func bound(on list: PicoUSD, from start: Timestamp, until end: Timestamp, after sum: PicoUSD) -> PicoUSD {
        let isOneMonth = start.day.month == end.day.month
        let inForce = [plan(at: start)] + changes.filter { $0.from > start && $0.from <= end }.map(\.plan)
        let dearest = inForce.map { $0.dearestRate(after: isOneMonth ? sum : .zero) }.max() ?? Plan.fullRate
        let (product, overflow) = list.rawValue.multipliedReportingOverflow(by: dearest)
        guard !overflow else { return .ledgerLimit }
        return PicoUSD((product + Plan.fullRate - 1) / Plan.fullRate)
    }
}

extension Plan {
    /// The list price's own rate, in the unit of ``dearestRate(after:)``.
    static let fullRate: Int128 = 100_000_000

    /// The highest part of the list price, in 10⁻⁸, that the plan asks for anywhere above a sum.
    func dearestRate(after sum: PicoUSD) -> Int128 {
        let reached = tiers.last { $0.from <= sum }?.discount ?? 0
        let least = tiers.filter { $0.from > sum }.map(\.discount).reduce(reached, min)
        return Int128(10_000 - least) * Int128(10_000 + markup)
    }
}
