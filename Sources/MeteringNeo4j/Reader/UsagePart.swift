internal import Bolt
internal import Metering

/// A part of a usage query: what one roll-up answers.
struct UsagePart {
    var level: UsageLevel
    /// The first and last period counted; `nil` for no bound.
    var first: String?
    var last: String?
    var request: UsageQuery

    /// 9999-12-31.
    private static let lastDay = Day(sinceEpoch: 2_932_896)

    /// The parts that answer a query together, each from the coarsest roll-up that knows enough.
    static func parts(of request: UsageQuery) -> [UsagePart] {
        func part(_ level: UsageLevel, _ first: String?, _ last: String?) -> UsagePart {
            UsagePart(level: level, first: first, last: last, request: request)
        }
        // Days outside of what events can have would not sort as texts do.
        let since = request.since.map { max($0, Timestamp(milliseconds: 0).day) }
        let until = request.until.map { min($0, lastDay) }
        if let since, since > until ?? lastDay { return [] }
        if request.session != nil || request.grouping == .session {
            return [part(.session, since?.description, until?.description)]
        }
        let tellsCustomers =
            request.customer != nil || request.key != nil || request.grouping == .customer || request.grouping == .key
        guard tellsCustomers else { return [part(.dayTotal, since?.description, until?.description)] }
        guard request.grouping != .day else { return [part(.day, since?.description, until?.description)] }
        // Whole months from their own roll-up, and the days at both ends from that of days.
        let firstMonth = since.map { $0 == $0.month.firstDay ? $0.month : $0.month.next }
        let lastMonth = until.map { $0 == $0.month.lastDay ? $0.month : $0.month.previous }
        if let firstMonth, let lastMonth, firstMonth > lastMonth {
            return [part(.day, since?.description, until?.description)]
        }
        var parts = [part(.month, firstMonth?.description, lastMonth?.description)]
        if let since, let firstMonth, since < firstMonth.firstDay {
            parts.append(part(.day, since.description, since.month.lastDay.description))
        }
        if let until, let lastMonth, until > lastMonth.lastDay {
            parts.append(part(.day, until.month.firstDay.description, until.description))
        }
        return parts
    }

    /// The query: a row for each group, its name and its sums.
    var query: BoltQuery {
        var parameters: [String: any BoltEncodable] = [:]
        var equalities: [String] = []
        func require(_ dimension: UsageLevel.Dimension, _ value: String?) {
            guard let value else { return }
            equalities.append("\(dimension.rawValue): $\(dimension.rawValue)")
            parameters[dimension.rawValue] = value
        }
        require(.customer, request.customer?.rawValue)
        require(.apiKey, request.key?.rawValue)
        require(.session, request.session?.rawValue)
        require(.model, request.model)
        let period = level == .month ? "month" : "day"
        var bounds: [String] = []
        if let first {
            bounds.append("u.\(period) >= $first")
            parameters["first"] = first
        }
        if let last {
            bounds.append("u.\(period) <= $last")
            parameters["last"] = last
        }
        let pattern = equalities.isEmpty ? "" : " {\(equalities.joined(separator: ", "))}"
        let condition = bounds.isEmpty ? "" : "WHERE \(bounds.joined(separator: " AND ")) "
        return BoltQuery(
            text: "MATCH (u:\(level.rawValue)\(pattern)) \(condition)RETURN \(group) AS name, \(UsageColumns.addition)",
            parameters: parameters)
    }

    private var group: String {
        switch request.grouping {
        case .total: "'total'"
        case .day: "u.day"
        case .month: "u.month"
        case .session: "u.session"
        case .model: "u.model"
        case .customer: "u.customer"
        case .key: "u.apiKey"
        }
    }
}
