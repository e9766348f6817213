/// Customers, keys and message batches in memory: the state of ``MemoryUsageStore``.
struct MemoryDirectory {
    private var customers: [CustomerID: Customer] = [:]
    private var keys: [APIKeyID: APIKey] = [:]
    private(set) var batches: [String: BatchRecord] = [:]
    private(set) var version: Int64 = 0

    mutating func create(_ customer: Customer) throws(MeteringError) {
        _ = try CustomerID(validating: customer.id.rawValue)
        if let known = customers[customer.id] {
            guard known == customer else {
                throw MeteringError(
                    .alreadyExists, "the customer \(customer.id) exists already, with other values; update it instead")
            }
            return
        }
        customers[customer.id] = customer
        version += 1
    }

    mutating func update(_ customer: Customer) throws(MeteringError) {
        guard var known = customers[customer.id] else {
            throw MeteringError(.notFound, "there is no customer \(quoted(customer.id.rawValue)); create it first")
        }
        known.name = customer.name
        known.limits = customer.limits
        customers[customer.id] = known
        version += 1
    }

    var sortedCustomers: [Customer] {
        customers.values.sorted { $0.id.rawValue.precedesBytewise($1.id.rawValue) }
    }

    mutating func create(_ key: APIKey) throws(MeteringError) {
        guard customers[key.customer] != nil else {
            throw MeteringError(.notFound, "there is no customer \(quoted(key.customer.rawValue)); create it first")
        }
        guard keys[key.id] == nil, !keys.values.contains(where: { $0.secretHash == key.secretHash }) else {
            throw MeteringError(.alreadyExists, "the key \(quoted(key.id.rawValue)), or one with its secret, exists")
        }
        keys[key.id] = key
        version += 1
    }

    mutating func revokeKey(_ id: APIKeyID, at time: Timestamp) throws(MeteringError) {
        guard var key = keys[id] else {
            throw MeteringError(.notFound, "there is no key \(quoted(id.rawValue))")
        }
        guard key.revoked == nil else { return }
        key.revoked = time
        keys[id] = key
        version += 1
    }

    var sortedKeys: [APIKey] {
        keys.values.sorted { lhs, rhs in
            lhs.created == rhs.created
                ? lhs.id.rawValue.precedesBytewise(rhs.id.rawValue) : lhs.created < rhs.created
        }
    }

    mutating func record(_ batch: BatchRecord) {
        if batches[batch.id] == nil { batches[batch.id] = batch }
    }

    var openBatches: [BatchRecord] {
        batches.values.filter { $0.metered == nil }.sorted { Self.isOlder($0, $1) }
    }

    func batches(of customer: CustomerID) -> [BatchRecord] {
        batches.values.filter { $0.customer == customer }.sorted { Self.isOlder($1, $0) }
    }

    mutating func closeBatch(id: String, at time: Timestamp) throws(MeteringError) {
        guard var batch = batches[id] else {
            throw MeteringError(.notFound, "there is no message batch \(quoted(id))")
        }
        guard batch.metered == nil else { return }
        batch.metered = time
        batches[id] = batch
    }

    private static func isOlder(_ lhs: BatchRecord, _ rhs: BatchRecord) -> Bool {
        lhs.created == rhs.created
            ? lhs.id.precedesBytewise(rhs.id) : lhs.created < rhs.created
    }
}
