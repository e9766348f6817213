import Metering

/// Customers and keys as they were when the store was last asked.
struct AccessSnapshot: Sendable {
    /// The store's directory version this was read at.
    let version: Int64
    /// The keys that are good.
    let ring: KeyRing
    private let limits: [CustomerID: SpendLimits]

    /// Nobody is known.
    static let empty = AccessSnapshot(version: .min, customers: [], keys: [])

    init(version: Int64, customers: [Customer], keys: [APIKey]) {
        self.version = version
        ring = KeyRing(customers: customers, keys: keys)
        limits = Dictionary(customers.map { ($0.id, $0.limits) }, uniquingKeysWith: { first, _ in first })
    }

    /// Who calls without a key, while there are no keys.
    var loopbackPrincipal: Principal {
        Principal(customer: .default, key: .none, limits: limits[.default] ?? SpendLimits())
    }

    /// Who holds this secret.
    func principal(secret: UnsafeRawBufferPointer) -> Principal? {
        guard !secret.isEmpty, let entry = ring.entry(forSecret: String(decoding: secret, as: UTF8.self)) else {
            return nil
        }
        return Principal(customer: entry.customer, key: entry.key, limits: limits[entry.customer] ?? SpendLimits())
    }
}
