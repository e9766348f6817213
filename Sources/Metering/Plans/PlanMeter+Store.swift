extension PlanMeter {
    /// A meter of all that a store has of a customer.
    ///
    /// Takes the sums of whole months where one plan holds for the month, and reads the events of the others.
    ///
    /// - Throws: What the store throws, and `overflow`.
    init(of customer: CustomerID, plans: PlanHistory, in store: any UsageStore) async throws(MeteringError) {
        var meter = PlanMeter(plans: plans)
        var divided: Set<Month> = []
        for row in try await store.usage(UsageQuery(by: .month, customer: customer)) {
            let month = try Month(text: row.group)
            let validity = plans.validity(at: month.firstDay.start)
            if validity.upperBound >= month.next.firstDay.start.milliseconds {
                try meter.add(row.sums.charge, in: month, by: plans.plan(at: month.firstDay.start))
            } else {
                divided.insert(month)
            }
        }
        var sequence: Int64 = 0
        while !divided.isEmpty {
            let page = try await store.events(of: customer, after: sequence, limit: 1_000)
            for stored in page where divided.contains(stored.event.time.day.month) {
                if case .priced(let charge) = stored.event.charge { try meter.add(charge, at: stored.event.time) }
            }
            guard let last = page.last, page.count == 1_000 else { break }
            sequence = last.sequence
        }
        self = meter
    }
}
