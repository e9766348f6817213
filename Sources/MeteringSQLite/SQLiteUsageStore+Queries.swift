internal import GRDB
public import Metering
internal import Synchronization

extension SQLiteUsageStore {
    /// See `UsageStore`.
    public func event(id: EventID) async throws(MeteringError) -> StoredEvent? {
        try await read { try EventReader(StoreConnection(readingFrom: $0)).event(id: id) }
    }

    /// See `UsageStore`.
    public func events(
        of customer: CustomerID, after sequence: Int64, limit: Int
    ) async throws(MeteringError) -> [StoredEvent] {
        try await read {
            try EventReader(StoreConnection(readingFrom: $0)).events(of: customer, after: sequence, limit: limit)
        }
    }

    /// See `UsageStore`.
    public func events(appendedAfter position: Int64, limit: Int) async throws(MeteringError) -> [AppendedEvent] {
        // Taken out meanwhile, so that they are changed in place; who reads at the same time begins without.
        let names = arrivalNames.withLock { names in
            defer { names = ArrivalNames() }
            return names
        }
        let (events, known) = try await read { database in
            var reader = try ArrivalReader(StoreConnection(readingFrom: database), names: names)
            return (try reader.events(after: position, limit: limit), reader.names)
        }
        arrivalNames.withLock { $0 = known }
        return events
    }

    /// See `UsageStore`.
    public func chainHeads() async throws(MeteringError) -> [ChainHead] {
        try await read { try EventReader(StoreConnection(readingFrom: $0)).chainHeads() }
    }

    /// See `UsageStore`.
    public func usage(_ query: UsageQuery) async throws(MeteringError) -> [UsageRow] {
        try await read { try UsageReader(StoreConnection(readingFrom: $0), query: query)?.rows() ?? query.noRows }
    }
}

extension StoreConnection {
    /// Borrows GRDB's connection for the time of one read.
    convenience init(readingFrom database: Database) throws(SQLiteFailure) {
        guard let handle = database.sqliteConnection else {
            throw SQLiteFailure(code: 21, message: "the connection is closed")
        }
        self.init(borrowing: handle)
    }
}
