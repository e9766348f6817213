internal import Metering

/// Reads what no epoch holds yet, and makes an epoch of it.
///
/// Memory grows with the customers that have something new, not with their events.
struct EpochCloser {
    let usage: any UsageStore
    let archive: CommitmentArchive
    let schedule: EpochSchedule
    let plans: any PlanSource

    /// How many events are read at a time.
    ///
    /// Some 1 KB each: the gateway, in whose process this may run, is to stay small.
    private static let pageSize = 1_024

    /// Whether an epoch before the running one is to be closed: there are receipts that no epoch holds, and the first
    /// of them is not of the running epoch.
    ///
    /// The first one in the order of arrival: should it be dated in the future, nobody waits for that.
    func hasReceiptsToClose(before running: Epoch) async throws(OracleError) -> Bool {
        guard let first = try await page(after: try await archive.position(), limit: 1).first else { return false }
        return schedule.epoch(at: first.event.time) != running
    }

    /// Everything that was ever charged, whether an epoch holds it or not.
    func totalCharge() async throws(OracleError) -> PicoUSD {
        do { return try await usage.usage(UsageQuery(by: .total)).first?.sums.charge ?? .zero } catch {
            throw OracleError(usage: error)
        }
    }

    /// Makes the epoch: all receipts that no epoch holds.
    ///
    /// What is appended once the end was reached goes into the next epoch, as does everything that comes late.
    func close(_ epoch: Epoch, at time: Timestamp) async throws(OracleError) -> ClosedEpoch {
        let start = try await archive.position()
        do { return try await close(epoch, at: time, from: start) } catch {
            guard error.code == .brokenChain, start > 0 else { throw error }
            // The position is a shortcut, which a restored backup can make wrong. The chains are what counts.
            return try await close(epoch, at: time, from: 0)
        }
    }

    private func close(_ epoch: Epoch, at time: Timestamp, from start: Int64) async throws(OracleError) -> ClosedEpoch {
        var commitment = try EpochCommitmentBuilder(
            epoch: epoch, schedule: schedule, after: try await archive.latest())
        let plans = try plans.plans()
        var position = start
        var customers = Customers(epoch: epoch, plans: plans)
        var hasher = ReceiptHasher()
        while true {
            let page = try await page(after: position, limit: Self.pageSize)
            let places = try await customers.places(of: page, archive)
            // By index, so that no event is copied.
            for index in page.indices {
                try customers.builders[places[index]].append(page[index], hasher: &hasher)
            }
            position = page.last?.position ?? position
            if page.count < Self.pageSize { break }
        }
        var entries: [CustomerEpoch] = []
        entries.reserveCapacity(customers.builders.count)
        for builder in customers.builders { if let entry = try await finish(builder) { entries.append(entry) } }
        entries.sort { $0.customer.precedesBytewise($1.customer) }
        var documents: [[UInt8]] = []
        documents.reserveCapacity(entries.count)
        for entry in entries {
            let document = entry.json.bytes
            try commitment.append(entry, hash: .sha3(document))
            documents.append(document)
        }
        return ClosedEpoch(
            commitment: try commitment.finish(at: time), entries: entries, documents: documents, position: position)
    }

    /// The builders of the customers that were met, each found by one look-up for an event.
    private struct Customers {
        let epoch: Epoch
        let plans: PlanDirectory
        var builders: [CustomerEpochBuilder] = []
        private var places: [CustomerID: Int] = [:]

        init(epoch: Epoch, plans: PlanDirectory) {
            self.epoch = epoch
            self.plans = plans
        }

        /// Which builder is for each event of a page; begins those of customers that come for the first time.
        mutating func places(
            of page: [AppendedEvent], _ archive: CommitmentArchive
        ) async throws(OracleError) -> [Int] {
            var result: [Int] = []
            result.reserveCapacity(page.count)
            var new: [CustomerID] = []
            for appended in page {
                let customer = appended.event.customer
                if let place = places[customer] {
                    result.append(place)
                } else {
                    result.append(places.count)
                    places[customer] = places.count
                    new.append(customer)
                }
            }
            guard !new.isEmpty else { return result }
            let last = try await archive.lastEntries(of: new)
            for customer in new {
                builders.append(
                    try CustomerEpochBuilder(
                        customer: customer, epoch: epoch, after: last[customer], plans: plans.history(of: customer)))
            }
            return result
        }
    }

    /// Ends an entry, with the sums of months that its customer's last one does not tell.
    private func finish(_ builder: CustomerEpochBuilder) async throws(OracleError) -> CustomerEpoch? {
        var earlier: [Month: PlanMeter.MonthSums] = [:]
        for month in builder.unknownMonths {
            let last = try await archive.lastEntry(of: builder.customer, with: month)
            earlier[month] = last?.months[month]
        }
        return try builder.finish(earlier: earlier)
    }

    private func page(after position: Int64, limit: Int) async throws(OracleError) -> [AppendedEvent] {
        do { return try await usage.events(appendedAfter: position, limit: limit) } catch {
            throw OracleError(usage: error)
        }
    }
}

extension CustomerID {
    /// Whether this id comes before the other in the order of their bytes, which is the order of the operator's tree.
    func precedesBytewise(_ other: CustomerID) -> Bool {
        rawValue.utf8.lexicographicallyPrecedes(other.rawValue.utf8)
    }
}
