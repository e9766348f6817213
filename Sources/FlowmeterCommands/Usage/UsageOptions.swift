internal import ArgumentParser
internal import Metering

/// How rows are grouped, as the command line names it.
enum GroupingArgument: String, ExpressibleByArgument, CaseIterable {
    case day, month, session, model, customer, key, total

    /// The grouping of the store.
    var grouping: UsageQuery.Grouping {
        switch self {
        case .day: .day
        case .month: .month
        case .session: .session
        case .model: .model
        case .customer: .customer
        case .key: .key
        case .total: .total
        }
    }
}

/// Options that choose events by time and by whom.
struct FilterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The first day (UTC): 2026-11-23, 2026-11, today, yesterday, this-month, last-month, or 7d for the last "
                + "seven days.",
            valueName: "day"))
    var since: String?

    @Option(help: ArgumentHelp("The last day (UTC), in the same words, but for 7d.", valueName: "day"))
    var until: String?

    @Option(help: ArgumentHelp("Only this customer.", valueName: "id"))
    var customer: String?

    @Option(help: ArgumentHelp("Only this key.", valueName: "key-id"))
    var key: String?

    @Option(help: ArgumentHelp("Only this session.", valueName: "id"))
    var session: String?

    @Option(help: ArgumentHelp("Only this model.", valueName: "name"))
    var model: String?

    /// The days that these options name, first and last.
    func days(today: Day) throws(CommandError) -> (since: Day?, until: Day?) {
        var first: Day?
        var last: Day?
        if let since { first = try DayText.first(since, today: today) }
        if let until { last = try DayText.last(until, today: today) }
        if let first, let last, last < first {
            throw CommandError(
                "--until \(last) is before --since \(first)", fix: "swap them, or leave one out", status: .usage)
        }
        return (first, last)
    }

    /// The store's question for these options.
    func query(by grouping: UsageQuery.Grouping, limit: Int?, today: Day) throws(CommandError) -> UsageQuery {
        let (since, until) = try days(today: today)
        return UsageQuery(
            by: grouping, since: since, until: until, customer: try customerID(),
            key: key.map(APIKeyID.init(rawValue:)),
            session: session.map(SessionID.init(rawValue:)), model: model, limit: limit)
    }

    /// The customer's id, checked.
    func customerID() throws(CommandError) -> CustomerID? {
        guard let customer else { return nil }
        do { return try CustomerID(validating: customer) } catch { throw CommandError(error) }
    }
}

/// How a command writes its data.
struct FormatOptions: ParsableArguments {
    @Flag(help: "Write JSON.")
    var json = false

    @Flag(help: "Write comma-separated values.")
    var csv = false

    mutating func validate() throws {
        if json && csv { throw ValidationError("--json and --csv exclude each other") }
    }
}
