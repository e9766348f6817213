internal import Bolt
public import Metering

extension Neo4jUsageStore {
    /// See `UsageStore`.
    public func create(_ customer: Customer) async throws(MeteringError) {
        _ = try CustomerID(validating: customer.id.rawValue)
        try await changeDirectory { transaction, _ in
            if let known = try await Self.customer(customer.id, in: transaction) {
                guard known == customer else {
                    throw MeteringError(
                        .alreadyExists,
                        "the customer \(customer.id) exists already, with other values; update it instead")
                }
                return false
            }
            // The node may be there already: of events that came before their customer was created.
            try await transaction.run(
                """
                MERGE (c:Customer {id: \(customer.id.rawValue)})
                SET c.name = \(customer.name), c.created = \(customer.created.milliseconds),
                    c.dailyLimit = \(Nullable(customer.limits.daily)), c.monthlyLimit = \(Nullable(customer.limits.monthly)),
                    c.lifetimeLimit = \(Nullable(customer.limits.lifetime))
                """
            ).consume()
            return true
        }
    }

    /// See `UsageStore`.
    public func update(_ customer: Customer) async throws(MeteringError) {
        try await changeDirectory { transaction, _ in
            let found = try await transaction.execute(
                """
                MATCH (c:Customer {id: \(customer.id.rawValue)}) WHERE c.created IS NOT NULL
                SET c.name = \(customer.name), c.dailyLimit = \(Nullable(customer.limits.daily)),
                    c.monthlyLimit = \(Nullable(customer.limits.monthly)),
                    c.lifetimeLimit = \(Nullable(customer.limits.lifetime))
                RETURN c.id
                """)
            guard !found.records.isEmpty else { throw Self.noCustomer(customer.id) }
            return true
        }
    }

    /// See `UsageStore`.
    public func customers() async throws(MeteringError) -> [Customer] {
        let customers = try await opened().read(
            "MATCH (c:Customer) WHERE c.created IS NOT NULL RETURN \(unsafe: Self.customerColumns)", Self.customer)
        return customers.sorted { $0.id.rawValue.utf8.lexicographicallyPrecedes($1.id.rawValue.utf8) }
    }

    /// See `UsageStore`.
    public func create(_ key: APIKey) async throws(MeteringError) {
        try await changeDirectory { transaction, mayHaveHappened in
            guard try await Self.customer(key.customer, in: transaction) != nil else {
                throw Self.noCustomer(key.customer)
            }
            let known = try await transaction.execute(
                """
                MATCH (k:ApiKey) WHERE k.id = \(key.id.rawValue) OR k.secretHash = \(key.secretHash.description)
                RETURN \(unsafe: Self.keyColumns)
                """)
            if let record = known.records.first {
                var fields = Fields(record)
                // An earlier try of this very call may have created it.
                if mayHaveHappened, try Self.key(&fields) == key { return false }
                throw MeteringError(.alreadyExists, "the key \(key.id), or one with its secret, exists already")
            }
            try await transaction.run(
                """
                MATCH (c:Customer {id: \(key.customer.rawValue)})
                CREATE (c)-[:HAS_KEY]->(:ApiKey {
                    id: \(key.id.rawValue), secretHash: \(key.secretHash.description),
                    customer: \(key.customer.rawValue), name: \(key.name), created: \(key.created.milliseconds),
                    revoked: \(Nullable(key.revoked?.milliseconds))
                })
                """
            ).consume()
            return true
        }
    }

    /// See `UsageStore`.
    public func revokeKey(_ id: APIKeyID, at time: Timestamp) async throws(MeteringError) {
        try await changeDirectory { transaction, _ in
            let found = try await transaction.execute(
                "MATCH (k:ApiKey {id: \(id.rawValue)}) RETURN k.revoked IS NULL")
            guard let record = found.records.first else {
                throw MeteringError(.notFound, "there is no key \"\(id)\"")
            }
            guard try record.decode(Bool.self) else { return false }
            try await transaction.run(
                "MATCH (k:ApiKey {id: \(id.rawValue)}) SET k.revoked = \(time.milliseconds)"
            ).consume()
            return true
        }
    }

    /// See `UsageStore`.
    public func keys() async throws(MeteringError) -> [APIKey] {
        let keys = try await opened().read("MATCH (k:ApiKey) RETURN \(unsafe: Self.keyColumns)", Self.key)
        return keys.sorted { lhs, rhs in
            lhs.created == rhs.created
                ? lhs.id.rawValue.utf8.lexicographicallyPrecedes(rhs.id.rawValue.utf8) : lhs.created < rhs.created
        }
    }

    /// See `UsageStore`.
    public func directoryVersion() async throws(MeteringError) -> Int64 {
        let query: BoltQuery = "MATCH (s:StoreState {id: 1}) RETURN s.directoryVersion"
        guard let version = try await opened().read(query, { try $0.next(Int64.self) }).first else {
            throw .unprepared
        }
        return version
    }

    // MARK: Parts

    /// Changes customers or keys in a transaction that waits its turn with all other writers.
    ///
    /// - Parameter change: Says whether it changed anything.
    private func changeDirectory(
        _ change: (BoltTransaction, _ mayHaveHappened: Bool) async throws -> Bool
    ) async throws(MeteringError) {
        try await opened().write { transaction, mayHaveHappened in
            let state = try await transaction.execute(
                "MATCH (s:StoreState {id: 1}) SET s.turn = \(Token.make()) RETURN s.id")
            guard !state.records.isEmpty else { throw MeteringError.unprepared }
            guard try await change(transaction, mayHaveHappened) else { return }
            try await transaction.run(
                "MATCH (s:StoreState {id: 1}) SET s.directoryVersion = s.directoryVersion + 1"
            ).consume()
        }
    }

    private static let customerColumns = "c.id, c.name, c.dailyLimit, c.monthlyLimit, c.lifetimeLimit, c.created"

    @Sendable
    private static func customer(_ fields: inout Fields) throws -> Customer {
        Customer(
            id: CustomerID(rawValue: try fields.next()), name: try fields.next(),
            limits: SpendLimits(
                daily: try fields.nextLimit(), monthly: try fields.nextLimit(), lifetime: try fields.nextLimit()),
            created: try fields.nextTime())
    }

    private static func customer(_ id: CustomerID, in transaction: BoltTransaction) async throws -> Customer? {
        let found = try await transaction.execute(
            """
            MATCH (c:Customer {id: \(id.rawValue)}) WHERE c.created IS NOT NULL
            RETURN \(unsafe: customerColumns)
            """)
        return try found.records.first.map { record in
            var fields = Fields(record)
            return try customer(&fields)
        }
    }

    private static let keyColumns = "k.id, k.secretHash, k.customer, k.name, k.created, k.revoked"

    @Sendable
    private static func key(_ fields: inout Fields) throws -> APIKey {
        APIKey(
            id: APIKeyID(rawValue: try fields.next()), secretHash: try fields.nextDigest(),
            customer: CustomerID(rawValue: try fields.next()), name: try fields.next(),
            created: try fields.nextTime(),
            revoked: try fields.next(Int64?.self).map(Timestamp.init(milliseconds:)))
    }

    private static func noCustomer(_ id: CustomerID) -> MeteringError {
        MeteringError(.notFound, "there is no customer \"\(id)\"; create it first")
    }
}

extension Nullable<String> {
    /// A limit in decimal digits: it may be beyond 64 bits, and is compared, never added up.
    fileprivate init(_ limit: PicoUSD?) { self.init(limit.map { String($0.rawValue) }) }
}
