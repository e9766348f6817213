internal import Metering

/// Reads what no epoch holds yet, and makes an epoch of it.
///
/// Memory grows with the customers that have something new, not with their events.
struct EpochCloser {
    let usage: any UsageStore
    let archive: CommitmentArchive
    let schedule: EpochSchedule

    /// How many events are read at a time.
    private static let pageSize = 4_096

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
        var position = start
        var customers: [CustomerID: CustomerEpochBuilder] = [:]
        while true {
            let page = try await page(after: position, limit: Self.pageSize)
            try await begin(epoch, page, &customers)
            for appended in page {
                try customers[appended.event.customer]?.append(appended)
                position = appended.position
            }
            if page.count < Self.pageSize { break }
        }
        var entries: [CustomerEpoch] = []
        for (_, builder) in customers { if let entry = try builder.finish() { entries.append(entry) } }
        entries.sort { $0.customer.precedesBytewise($1.customer) }
        for entry in entries { try commitment.append(entry) }
        return ClosedEpoch(commitment: try commitment.finish(at: time), entries: entries, position: position)
    }

    /// Begins the entries of the customers that a page names for the first time.
    private func begin(
        _ epoch: Epoch, _ page: [AppendedEvent], _ customers: inout [CustomerID: CustomerEpochBuilder]
    ) async throws(OracleError) {
        var new: Set<CustomerID> = []
        for appended in page where customers[appended.event.customer] == nil { new.insert(appended.event.customer) }
        guard !new.isEmpty else { return }
        let last = try await archive.lastEntries(of: Array(new))
        for customer in new {
            customers[customer] = try CustomerEpochBuilder(customer: customer, epoch: epoch, after: last[customer])
        }
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
