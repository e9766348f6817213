/// A paying customer.
public struct Customer: Sendable, Hashable {
    /// The id, unique for ever.
    public var id: CustomerID
    /// A name for people.
    public var name: String
    /// Hard caps on the customer's charges; a `nil` cap does not limit.
    public var limits: SpendLimits
    /// When it was created.
    public var created: Timestamp
    /// Creates a customer.
    public init(id: CustomerID, name: String, limits: SpendLimits = SpendLimits(), created: Timestamp) {
        self.id = id
        self.name = name
        self.limits = limits
        self.created = created
    }
}

/// Hard caps, each on the sum of charges in its window (UTC days and months).
public struct SpendLimits: Sendable, Hashable {
    /// The most a UTC day may cost.
    public var daily: PicoUSD?
    /// The most a UTC month may cost.
    public var monthly: PicoUSD?
    /// The most everything may ever cost: a prepaid balance.
    public var lifetime: PicoUSD?
    /// Creates limits.
    public init(daily: PicoUSD? = nil, monthly: PicoUSD? = nil, lifetime: PicoUSD? = nil) {
        self.daily = daily
        self.monthly = monthly
        self.lifetime = lifetime
    }
    /// Whether nothing is limited.
    public var isUnlimited: Bool { daily == nil && monthly == nil && lifetime == nil }
}

/// A customer's API key as it is stored: by hash.
public struct APIKey: Sendable, Hashable {
    /// The public id.
    public var id: APIKeyID
    /// SHA-256 of the secret `fm_…`.
    public var secretHash: Digest32
    /// Whom calls with it are billed to.
    public var customer: CustomerID
    /// A name for people.
    public var name: String
    /// When it was created.
    public var created: Timestamp
    /// When it was revoked.
    ///
    /// `nil` while it is good.
    public var revoked: Timestamp?
    /// Creates a key record.
    public init(
        id: APIKeyID, secretHash: Digest32, customer: CustomerID, name: String, created: Timestamp,
        revoked: Timestamp? = nil
    ) {
        self.id = id
        self.secretHash = secretHash
        self.customer = customer
        self.name = name
        self.created = created
        self.revoked = revoked
    }
}

/// Who created a message batch, so that its results can be metered to them.
public struct BatchRecord: Sendable, Hashable {
    /// The provider's id (`msgbatch_…`).
    public var id: String
    /// Whom the results are billed to.
    public var customer: CustomerID
    /// The key that created it.
    public var key: APIKeyID
    /// The session it belongs to.
    public var session: SessionID
    /// When it was created.
    public var created: Timestamp
    /// When its results were metered to the last line.
    ///
    /// `nil` while they are not.
    public var metered: Timestamp?
    /// Creates a batch record.
    public init(
        id: String, customer: CustomerID, key: APIKeyID, session: SessionID, created: Timestamp,
        metered: Timestamp? = nil
    ) {
        self.id = id
        self.customer = customer
        self.key = key
        self.session = session
        self.created = created
        self.metered = metered
    }
}

/// How far a file was imported.
public struct ImportCursor: Sendable, Hashable {
    /// The file's absolute path.
    public var path: String
    /// The file's inode number, to notice a replaced file.
    public var inode: UInt64
    /// Bytes read, up to the end of a whole line.
    public var offset: Int64
    /// Lines read.
    public var line: Int64
    /// Creates a cursor.
    public init(path: String, inode: UInt64, offset: Int64, line: Int64) {
        self.path = path
        self.inode = inode
        self.offset = offset
        self.line = line
    }
}
