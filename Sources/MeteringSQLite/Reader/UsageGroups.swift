internal import Metering

/// Sums by group, in the numbers of the name tables.
struct UsageGroups {
    private var sums: [Int64: UsageSums] = [:]
    /// Groups that are complete and will not be seen again.
    private var complete: [(group: Int64, sums: UsageSums)] = []

    mutating func add(_ other: UsageSums, to group: Int64) { sums[group, default: UsageSums()] += other }

    /// What the groups have cost so far.
    var charges: [Int64: PicoUSD] { sums.mapValues(\.charge) }

    /// Adds a group to which nothing but what ``add(_:to:)`` has added before belongs.
    mutating func complete(_ group: Int64, with other: UsageSums) {
        var total = other
        if !sums.isEmpty, let known = sums.removeValue(forKey: group) { total += known }
        complete.append((group, total))
    }

    /// The groups that can be in the answer: all, or with a limit those of at least the last admitted charge.
    consuming func candidates(for query: UsageQuery) -> [(group: Int64, sums: UsageSums)] {
        complete.append(contentsOf: sums.map { ($0.key, $0.value) })
        switch query.grouping {
        case .total, .day, .month: break
        case .session, .model, .customer, .key:
            if let limit = query.limit { drop(beyond: max(0, limit)) }
        }
        return complete
    }

    /// Keeps the highest `limit` charges, and those equal to the last of them: names decide between equals.
    private mutating func drop(beyond limit: Int) {
        guard complete.count > limit else { return }
        guard limit > 0 else {
            complete = []
            return
        }
        let threshold = complete.map(\.sums.charge).sorted(by: >)[limit - 1]
        complete.removeAll { $0.sums.charge < threshold }
    }
}
