internal import Bolt
internal import Metering

/// The database as this module uses it: units of work that are tried again where that is safe, with errors of `Metering`.
struct GraphDatabase: Sendable {
    let driver: BoltDriver
    /// The database; `nil` for the user's home database.
    let name: String?
    let options: Neo4jUsageStore.Options

    /// Runs a query that only reads, and decodes all its records.
    func read<Row>(_ query: BoltQuery, _ decode: (inout Fields) throws -> Row) async throws(MeteringError) -> [Row] {
        try await retrying { _ in
            let records = try await driver.withSession(configuration(.read)) { session in
                try await session.run(query).collect()
            }
            return try records.map { record in
                var fields = Fields(record)
                return try decode(&fields)
            }
        }
    }

    /// Runs work in a transaction.
    ///
    /// The work may run several times. It is told whether an earlier try may have been committed all the same, because
    /// the connection broke before the answer: then it must find that out, inside this transaction.
    @discardableResult
    func write<Value>(
        _ work: (BoltTransaction, _ mayHaveHappened: Bool) async throws -> Value
    ) async throws(MeteringError) -> Value {
        try await retrying { mayHaveHappened in
            try await driver.withSession(configuration(.write)) { session in
                try await session.withTransaction { try await work($0, mayHaveHappened) }
            }
        }
    }

    /// Runs a query by itself, without a transaction around it: how a schema is changed.
    func run(_ query: BoltQuery) async throws(MeteringError) {
        try await retrying { _ in
            try await driver.withSession(configuration(.write)) { session in
                _ = try await session.run(query).consume()
            }
        }
    }

    private func configuration(_ mode: BoltAccessMode) -> BoltSessionConfiguration {
        var configuration = BoltSessionConfiguration(database: name, accessMode: mode)
        // In a cluster, what is read must hold what this process has written, whichever member answers.
        configuration.bookmarkManager = driver.bookmarkManager
        return configuration
    }

    // MARK: Trying again

    private func retrying<Value>(
        _ body: (_ mayHaveHappened: Bool) async throws -> Value
    ) async throws(MeteringError) -> Value {
        var mayHaveHappened = false
        var pause = options.firstDelay
        var waited = Duration.zero
        while true {
            let failure: any Error
            do { return try await body(mayHaveHappened) } catch { failure = error }
            if let error = failure as? MeteringError { throw error }
            let error = failure as? BoltError
            if error?.code == .commitOutcomeUnknown { mayHaveHappened = true }
            // Who cannot be reached is left alone, unless the fate of a transaction hangs on it.
            let isWorthIt = error?.isPassing == true || (mayHaveHappened && error?.code == .serviceUnavailable)
            guard isWorthIt, waited < options.retryTime else {
                throw MeteringError(graph: failure, database: name, mayHaveHappened: mayHaveHappened)
            }
            // Varied, so that two writers that collided do not collide again.
            let length = pause * Int.random(in: 50...150) / 100
            do { try await options.sleep(length) } catch {
                throw MeteringError(graph: failure, database: name, mayHaveHappened: mayHaveHappened)
            }
            waited += length
            pause = min(pause * 2, .seconds(1))
        }
    }
}

extension BoltError {
    /// Whether the same work may succeed when it is done again.
    ///
    /// All work of this module is idempotent. A constraint is violated by who lost a race to create a node; the next try
    /// finds that node.
    fileprivate var isPassing: Bool {
        if let server { return isRetryable || server.isConstraintViolation }
        return code == .connectionLost || code == .commitOutcomeUnknown
    }
}
