/// What a gateway has to know of its store to let calls in: customers, keys, and what each customer has spent.
///
/// Kept beside a spool, it lets a gateway start while the store is out of reach. It answers the questions that are asked
/// at a start and no others, so nobody takes it for the store.
struct KnownUsage: Sendable, Hashable {
    /// What a customer has spent.
    struct Spending: Sendable, Hashable {
        var lifetime = PicoUSD.zero
        var months: [Month: PicoUSD] = [:]
        /// The latest days alone: older ones limit nothing.
        var days: [Day: PicoUSD] = [:]
    }

    /// So many days are known of each customer: more than today's, because events may be dated ahead.
    private static let dayLimit = 8

    /// `UsageStore.directoryVersion()` as of the customers and keys.
    var version: Int64 = 0
    var customers: [Customer] = []
    var keys: [APIKey] = []
    var spending: [CustomerID: Spending] = [:]

    /// Adds what was spent on a day.
    mutating func add(_ charge: PicoUSD, of customer: CustomerID, on day: Day) {
        var spent = spending[customer] ?? Spending()
        spent.lifetime += charge
        spent.months[day.month, default: .zero] += charge
        spent.days[day, default: .zero] += charge
        if spent.days.count > Self.dayLimit, let oldest = spent.days.keys.min() { spent.days[oldest] = nil }
        spending[customer] = spent
    }

    /// Adds what an event cost; one without a price has no charge, as in a store's sums.
    mutating func add(_ event: UsageEvent) {
        if case .priced(let charge) = event.charge { add(charge, of: event.customer, on: event.time.day) }
    }

    /// The rows of a query, with their charges alone; `nil` for what is not known.
    func rows(for query: UsageQuery) -> [UsageRow]? {
        guard query.key == nil, query.session == nil, query.model == nil, query.limit == nil else { return nil }
        switch (query.grouping, query.customer, query.since, query.until) {
        case (.customer, nil, nil, nil): return rows { $0.lifetime }
        case (.customer, nil, let first?, let last?) where first == last: return rows { $0.days[first] }
        case (.customer, nil, let first?, let last?) where first == first.month.firstDay && last == first.month.lastDay:
            return rows { $0.months[first.month] }
        case (.month, let customer?, nil, nil):
            return (spending[customer]?.months ?? [:]).sorted { $0.key < $1.key }
                .map { Self.row($0.key.description, $0.value) }
        default: return nil
        }
    }

    private func rows(_ charge: (Spending) -> PicoUSD?) -> [UsageRow] {
        spending.compactMap { customer, spent in charge(spent).map { Self.row(customer.rawValue, $0) } }
    }

    private static func row(_ group: String, _ charge: PicoUSD) -> UsageRow {
        var sums = UsageSums()
        sums.charge = charge
        return UsageRow(group: group, sums: sums)
    }
}

extension KnownUsage {
    /// Reads all of it from a store; no event may be appended meanwhile.
    init(of store: any UsageStore, today: Day) async throws(MeteringError) {
        version = try await store.directoryVersion()
        customers = try await store.customers()
        keys = try await store.keys()
        for row in try await store.usage(UsageQuery(by: .customer)) {
            spending[CustomerID(rawValue: row.group), default: Spending()].lifetime = row.sums.charge
        }
        for row in try await store.usage(UsageQuery(by: .month)) {
            let month = try Month(text: row.group)
            let query = UsageQuery(by: .customer, since: month.firstDay, until: month.lastDay)
            for row in try await store.usage(query) {
                spending[CustomerID(rawValue: row.group), default: Spending()].months[month] = row.sums.charge
            }
        }
        for row in try await store.usage(UsageQuery(by: .customer, since: today, until: today)) {
            spending[CustomerID(rawValue: row.group), default: Spending()].days[today] = row.sums.charge
        }
    }
}
