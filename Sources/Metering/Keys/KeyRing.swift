/// Who may call: an immutable snapshot of the keys that are good.
///
/// Make a new one when `UsageStore.directoryVersion()` has changed.
public struct KeyRing: Sendable {
    /// What a good key stands for.
    public struct Entry: Sendable, Hashable {
        /// The key's public id.
        public var key: APIKeyID
        /// Whom its calls are billed to.
        public var customer: CustomerID
        /// Creates an entry.
        public init(key: APIKeyID, customer: CustomerID) {
            self.key = key
            self.customer = customer
        }
    }

    /// Whether keys were ever created.
    ///
    /// When all were revoked this stays true: then nobody may call.
    public let hasKeys: Bool
    private let entries: [Digest32: Entry]

    /// Creates a ring of the keys that are not revoked and whose customer exists.
    public init(customers: [Customer], keys: [APIKey]) {
        let known = Set(customers.map(\.id))
        var entries: [Digest32: Entry] = [:]
        for key in keys where key.revoked == nil && known.contains(key.customer) {
            entries[key.secretHash] = Entry(key: key.id, customer: key.customer)
        }
        self.entries = entries
        self.hasKeys = !keys.isEmpty
    }

    /// Creates a ring of the keys in a store.
    ///
    /// - Throws: What the store throws.
    public init(store: any UsageStore) async throws(MeteringError) {
        // Keys before customers: a key's customer exists before the key does.
        let keys = try await store.keys()
        self.init(customers: try await store.customers(), keys: keys)
    }

    /// The entry of the key with this secret, or `nil` when there is none or it is revoked.
    ///
    /// The work does not depend on which secrets exist: the text is hashed, and the hash is looked up. An attacker who
    /// could time the look-up would learn about hashes of his own guesses only.
    public func entry(forSecret presented: some StringProtocol) -> Entry? {
        entries[APIKeySecret.hash(of: presented)]
    }
}
