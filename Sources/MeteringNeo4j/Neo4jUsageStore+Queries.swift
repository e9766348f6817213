internal import Bolt
public import Metering

extension Neo4jUsageStore {
    /// See `UsageStore`.
    public func event(id: EventID) async throws(MeteringError) -> StoredEvent? {
        let query: BoltQuery =
            "MATCH (m:Message {id: \(id.rawValue)}) RETURN \(unsafe: MessageRow.selection)"
        return try await opened().read(query) { try StoredMessage(&$0).stored }.first
    }

    /// See `UsageStore`.
    public func events(
        of customer: CustomerID, after sequence: Int64, limit: Int
    ) async throws(MeteringError) -> [StoredEvent] {
        let graph = try opened()
        let last = try await graph.read(
            "MATCH (c:Customer {id: \(customer.rawValue)}) RETURN coalesce(c.sequence, 0)"
        ) { try $0.next(Int64.self) }.first
        guard let range = Self.page(after: sequence, limit: limit, last: last ?? 0) else { return [] }
        let query: BoltQuery = """
            UNWIND range(\(range.lowerBound), \(range.upperBound)) AS number
            MATCH (m:Message {customer: \(customer.rawValue), sequence: number})
            RETURN \(unsafe: MessageRow.selection)
            """
        return try await messages(query, range) { $0.stored.sequence }.map(\.stored)
    }

    /// See `UsageStore`.
    public func events(
        appendedAfter position: Int64, limit: Int
    ) async throws(MeteringError) -> [AppendedEvent] {
        let graph = try opened()
        let last = try await graph.read("MATCH (s:StoreState {id: 1}) RETURN s.position") { try $0.next(Int64.self) }
        guard let range = Self.page(after: position, limit: limit, last: last.first ?? 0) else { return [] }
        let query: BoltQuery = """
            UNWIND range(\(range.lowerBound), \(range.upperBound)) AS number
            MATCH (m:Message {position: number})
            RETURN \(unsafe: MessageRow.selection)
            """
        return try await messages(query, range, \.position).map { message in
            AppendedEvent(
                position: message.position, event: message.stored.event, sequence: message.stored.sequence,
                hash: message.stored.hash)
        }
    }

    /// See `UsageStore`.
    public func chainHeads() async throws(MeteringError) -> [ChainHead] {
        let heads = try await opened().read(
            "MATCH (c:Customer) WHERE c.sequence > 0 RETURN c.id, c.sequence, c.hash"
        ) { fields in
            ChainHead(
                customer: CustomerID(rawValue: try fields.next()), sequence: try fields.next(),
                hash: try fields.nextDigest())
        }
        return heads.sorted { $0.customer.rawValue.utf8.lexicographicallyPrecedes($1.customer.rawValue.utf8) }
    }

    /// See `UsageStore`.
    public func usage(_ query: UsageQuery) async throws(MeteringError) -> [UsageRow] {
        let graph = try opened()
        var groups: [String: UsageSums] = query.grouping == .total ? ["total": UsageSums()] : [:]
        for part in UsagePart.parts(of: query) {
            let rows = try await graph.read(part.query) { fields in
                (try fields.next(String.self), try UsageColumns.sums(&fields))
            }
            for (group, sums) in rows { groups[group, default: UsageSums()] += sums }
        }
        return UsageRow.ordered(groups.map { UsageRow(group: $0.key, sums: $0.value) }, for: query)
    }

    /// The numbers of a page, which are given out without a gap; `nil` for none.
    private static func page(after number: Int64, limit: Int, last: Int64) -> ClosedRange<Int64>? {
        let before = max(0, number)
        guard limit > 0, before < last else { return nil }
        return before + 1...before + min(Int64(limit), last - before)
    }

    /// Reads the messages that have these numbers, in their order.
    private func messages(
        _ query: BoltQuery, _ range: ClosedRange<Int64>, _ number: (StoredMessage) -> Int64
    ) async throws(MeteringError) -> [StoredMessage] {
        var pause = options.firstDelay
        for _ in 0..<8 {
            let found = try await opened().read(query) { try StoredMessage(&$0) }
                .sorted { number($0) < number($1) }
            if found.count == range.count, zip(range, found).allSatisfy({ $0 == number($1) }) { return found }
            // A commit may become visible node by node: what counts them came first. A page with a gap is none.
            do { try await options.sleep(pause) } catch {
                throw MeteringError(.storeUnavailable, "the query was cancelled", cause: error)
            }
            pause *= 2
        }
        throw MeteringError(
            .storeCorrupt, "messages \(range.lowerBound) to \(range.upperBound) are counted, but not all in the graph")
    }
}
