/// The plans of an operator, and which customer has which one from when on.
///
/// Its file is JSON, see docs/ledger.md:
/// `{"assignments":[{"customer":…,"from":"2026-11-15","plan":…}],"plans":[{"id":…,"markup_bp":…,"tiers":[…]}],"version":1}`.
public struct PlanDirectory: Sendable, Hashable {
    /// The plans by id; `list` is always there.
    public let plans: [String: Plan]
    private let histories: [CustomerID: PlanHistory]

    /// No plans: everybody pays the list price.
    public static let empty = PlanDirectory(plans: [:], histories: [:])

    private init(plans: [String: Plan], histories: [CustomerID: PlanHistory]) {
        self.plans = plans.merging([Plan.list.id: .list], uniquingKeysWith: { $1 })
        self.histories = histories
    }

    /// The customers that have a plan other than the list price, ever.
    public var customers: [CustomerID] { histories.filter { !$0.value.isList }.map(\.key) }

    /// A customer's plans.
    public func history(of customer: CustomerID) -> PlanHistory { histories[customer] ?? .list }

    /// Reads the file's text.
    ///
    /// - Throws: `invalidInput`, with the member that is wrong.
    public init(json text: String) throws(MeteringError) {
        var document = try CanonicalJSON.Members(CanonicalJSON(relaxed: Array(text.utf8)), of: "the plans")
        guard try document.integer("version", as: Int.self) == 1 else { throw document.error("version", "is not 1") }
        var plans: [String: Plan] = [Plan.list.id: .list]
        for element in try document.array("plans") {
            let plan = try Self.plan(element)
            guard plans.updateValue(plan, forKey: plan.id) == nil else {
                throw MeteringError(.invalidInput, "the plan \(plan.id) is there twice")
            }
        }
        var changes: [CustomerID: [PlanHistory.Change]] = [:]
        for element in try document.array("assignments") {
            var members = try CanonicalJSON.Members(element, of: "an assignment")
            let customer = try CustomerID(validating: try members.string("customer"))
            let id = try members.string("plan")
            guard let plan = plans[id] else { throw members.error("plan", "is no plan of this file") }
            let from = try Day(text: try members.string("from")).start
            try members.finish()
            guard changes[customer]?.contains(where: { $0.from == from }) != true else {
                throw members.error("from", "is a day on which \(customer) has another plan already")
            }
            changes[customer, default: []].append(PlanHistory.Change(from: from, plan: plan))
        }
        try document.finish()
        self.init(plans: plans, histories: changes.mapValues(PlanHistory.init))
    }

    private static func plan(_ element: CanonicalJSON) throws(MeteringError) -> Plan {
        var members = try CanonicalJSON.Members(element, of: "a plan")
        let id = try members.string("id")
        let markup = try members.integer("markup_bp", as: Int64.self)
        var tiers: [VolumeTier] = []
        for element in try members.array("tiers") {
            var tier = try CanonicalJSON.Members(element, of: "a tier")
            tiers.append(
                VolumeTier(
                    from: try PicoUSD(usd: try tier.string("from_usd")), discount: try tier.integer("discount_bp")))
            try tier.finish()
        }
        try members.finish()
        return try Plan(id: id, markup: markup, tiers: tiers)
    }
}
