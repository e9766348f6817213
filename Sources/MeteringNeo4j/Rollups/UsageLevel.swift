internal import Metering

/// What usage is told apart by.
struct UsageCell: Hashable {
    var day: Day
    var customer: CustomerID
    var key: APIKeyID
    var session: SessionID
    var model: String

    init(_ event: UsageEvent) {
        day = event.time.day
        customer = event.customer
        key = event.key
        session = event.session
        model = event.model
    }
}

/// A roll-up: the label of its nodes, and what it tells apart.
///
/// Sums are kept when events are appended, in each of these, so that a query reads the coarsest one that knows enough.
enum UsageLevel: String, CaseIterable {
    /// Days and models of all customers together.
    case dayTotal = "DayTotal"
    case day = "DayUsage"
    case month = "MonthUsage"
    case session = "SessionUsage"

    /// A property that tells usage apart.
    enum Dimension: String {
        case day, month, customer, apiKey, model, session
    }

    var dimensions: [Dimension] {
        switch self {
        case .dayTotal: [.day, .month, .model]
        case .day: [.day, .month, .customer, .apiKey, .model]
        case .month: [.month, .customer, .apiKey, .model]
        case .session: [.day, .month, .customer, .apiKey, .model, .session]
        }
    }

    /// The values of the dimensions for a cell.
    func values(of cell: UsageCell) -> [String] {
        dimensions.map { dimension in
            switch dimension {
            case .day: cell.day.description
            case .month: cell.day.month.description
            case .customer: cell.customer.rawValue
            case .apiKey: cell.key.rawValue
            case .model: cell.model
            case .session: cell.session.rawValue
            }
        }
    }

    /// Adds rows `[key, dimensions…, sums…]` to the nodes.
    ///
    /// Counts stop at the largest integer. Sums are taken before anything is set, for databases differ in what an
    /// assignment sees of the one before it.
    var addition: String {
        let first = dimensions.count + 1
        let identity = dimensions.enumerated().map { "u.\($1.rawValue) = r[\($0 + 1)]" }
        let zeros = UsageColumns.all.map { "u.\($0) = 0" }
        let counts = UsageColumns.counts.enumerated().map { index, column in
            "u.\(column) = CASE WHEN u.\(column) > 9223372036854775807 - r[\(first + index)] "
                + "THEN 9223372036854775807 ELSE u.\(column) + r[\(first + index)] END"
        }
        let charge = first + UsageColumns.counts.count
        return """
            UNWIND $rows AS r
            MERGE (u:\(rawValue) {key: r[0]})
            ON CREATE SET \((identity + zeros).joined(separator: ", "))
            WITH u, r, u.charge + r[\(charge)] AS charge, u.chargeCarry + r[\(charge + 1)] AS carry
            SET \(counts.joined(separator: ", ")),
                u.charge = charge % 1000000000000000000, u.chargeCarry = carry + charge / 1000000000000000000
            """
    }
}
