internal import Bolt

/// Runs a query that only reads, and hands out its rows.
///
/// Three things keep it from changing anything: ``ReadOnlyCypher`` looks at the text, the transaction is opened for
/// reading, and it is rolled back. The first and the last do not depend on the server.
struct GraphReader: Sendable {
    let location: Neo4jLocation
    /// How long an answer may take.
    var timeout: Duration

    /// Runs the query and hands out the names of its columns, then its rows, until there are no more or `limit` were.
    ///
    /// - Returns: Whether there are more rows than `limit`.
    func run(
        _ cypher: String, parameters: [String: GraphParameter], limit: Int, onColumns: ([String]) throws -> Void,
        onRow: ([GraphValue]) throws -> Void
    ) async throws -> Bool {
        do throws(ReadOnlyCypher.Refusal) { try ReadOnlyCypher.check(cypher) } catch {
            throw CommandError(error.reason, fix: error.fix, status: .usage)
        }
        let driver = try location.driver(patience: Neo4jLocation.patience, answersWithin: timeout)
        defer { driver.close() }
        let session = BoltSessionConfiguration(database: location.database, accessMode: .read)
        do {
            return try await driver.withSession(session) { session in
                try await session.withTransaction(configuration: BoltTransactionConfiguration(timeout: timeout)) {
                    transaction in
                    let query = BoltQuery(text: cypher, parameters: parameters.mapValues { $0 as any BoltEncodable })
                    let hasMore = try await read(
                        try await transaction.run(query), limit: limit, onColumns: onColumns, onRow: onRow)
                    try await transaction.rollback()
                    return hasMore
                }
            }
        } catch let error as BoltError {
            throw CommandError(error, at: location)
        }
    }

    private func read(
        _ result: BoltResult, limit: Int, onColumns: ([String]) throws -> Void, onRow: ([GraphValue]) throws -> Void
    ) async throws -> Bool {
        try onColumns(result.keys)
        var count = 0
        for try await record in result {
            if count == limit { return true }
            count += 1
            try onRow(try GraphValue.values(record.values))
        }
        return false
    }
}
