import Metering
import MeteringSQLite

/// Asks every grouping with every useful filter, and prints how long the answers take.
struct Questions {
    let store: SQLiteUsageStore
    let rounds: Int

    private struct Question {
        var name: String
        var query: UsageQuery
    }

    func ask() async throws {
        let sessions = try await store.usage(UsageQuery(by: .session, limit: 3))
        let keys = try await store.usage(UsageQuery(by: .key, limit: 3))
        let customers = try await store.usage(UsageQuery(by: .customer, limit: 3))
        let days = try await store.usage(UsageQuery(by: .day))
        guard let session = sessions.first, let key = keys.first, let customer = customers.first,
            let since = try days.dropFirst(days.count / 5).first.map({ try Day(text: $0.group) }),
            let week = try days.suffix(7).first.map({ try Day(text: $0.group) }),
            let until = try days.dropLast(days.count / 7).last.map({ try Day(text: $0.group) })
        else {
            print("the store is empty")
            return
        }
        let filters: [(String, UsageQuery)] = [
            ("", UsageQuery(by: .total)),
            ("since+until", UsageQuery(by: .total, since: since, until: until)),
            ("customer", UsageQuery(by: .total, customer: CustomerID(rawValue: customer.group))),
            (
                "customer+since+until",
                UsageQuery(by: .total, since: since, until: until, customer: CustomerID(rawValue: customer.group))
            ),
            (
                "customer+model+since+until",
                UsageQuery(
                    by: .total, since: since, until: until, customer: CustomerID(rawValue: customer.group),
                    model: Workload.models[0])
            ),
            ("key", UsageQuery(by: .total, key: APIKeyID(rawValue: key.group))),
            (
                "key+since+until",
                UsageQuery(by: .total, since: since, until: until, key: APIKeyID(rawValue: key.group))
            ),
            ("last 7 days", UsageQuery(by: .total, since: week)),
            ("model", UsageQuery(by: .total, model: Workload.models[0])),
            ("model+since+until", UsageQuery(by: .total, since: since, until: until, model: Workload.models[0])),
            ("session", UsageQuery(by: .total, session: SessionID(rawValue: session.group))),
        ]
        var slowest = (0.0, "")
        var slowestList = (0.0, "")
        for grouping in UsageQuery.Grouping.allCases {
            for (name, filter) in filters {
                for limit in grouping == .session ? [20, nil] : [nil] {
                    var query = filter
                    query.grouping = grouping
                    query.limit = limit
                    let (milliseconds, rows) = try await time(query)
                    let title =
                        "\(grouping.rawValue)\(limit.map { " (\($0) rows)" } ?? "") / \(name.isEmpty ? "all" : name)"
                    print("query \(format(milliseconds)) ms  \(title)  → \(rows)")
                    if grouping == .session, limit == nil {
                        if milliseconds > slowestList.0 { slowestList = (milliseconds, title) }
                    } else if milliseconds > slowest.0 {
                        slowest = (milliseconds, title)
                    }
                }
            }
        }
        print("slowest \(format(slowest.0)) ms \(slowest.1)")
        print("slowest list of every session \(format(slowestList.0)) ms \(slowestList.1)")
        print("memory \(Int(Usage.now.peakMegabytes)) MB at most")
    }

    /// The median over the rounds.
    private func time(_ query: UsageQuery) async throws -> (milliseconds: Double, rows: Int) {
        var times: [Double] = []
        var rows = 0
        for _ in 0..<rounds {
            let before = Usage.now
            rows = try await store.usage(query).count
            times.append((Usage.now - before).wall * 1_000)
        }
        return (times.sorted()[times.count / 2], rows)
    }

    private func format(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
