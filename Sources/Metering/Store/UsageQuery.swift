/// A question about aggregated usage.
public struct UsageQuery: Sendable, Hashable {
    /// What a row stands for.
    public enum Grouping: String, Sendable, Hashable, CaseIterable {
        /// One row for everything, also when there is nothing.
        case total
        /// A UTC day, `2026-11-23`.
        case day
        /// A UTC month, `2026-11`.
        case month
        case session, model, customer, key
    }

    /// What a row stands for.
    public var grouping: Grouping
    /// The first day counted.
    ///
    /// `nil` for no bound.
    public var since: Day?
    /// The last day counted, inclusive.
    ///
    /// `nil` for no bound.
    public var until: Day?
    /// Only this customer's usage.
    public var customer: CustomerID?
    /// Only usage of this key.
    public var key: APIKeyID?
    /// Only usage of this session.
    public var session: SessionID?
    /// Only usage of this model.
    public var model: String?
    /// At most so many rows.
    ///
    /// `nil` for all. Days and months keep the latest, others the highest charge.
    public var limit: Int?

    /// Creates a query.
    public init(
        by grouping: Grouping, since: Day? = nil, until: Day? = nil, customer: CustomerID? = nil,
        key: APIKeyID? = nil, session: SessionID? = nil, model: String? = nil, limit: Int? = nil
    ) {
        self.grouping = grouping
        self.since = since
        self.until = until
        self.customer = customer
        self.key = key
        self.session = session
        self.model = model
        self.limit = limit
    }
}

/// One row of aggregated usage.
///
/// Days and months come in time order; other groupings by charge, highest first, then name.
public struct UsageRow: Sendable, Hashable {
    /// The group: a day, a month, an id, a model, or `total`.
    public var group: String
    /// The sums.
    public var sums: UsageSums
    /// Creates a row.
    public init(group: String, sums: UsageSums) {
        self.group = group
        self.sums = sums
    }
}

/// Sums over events.
///
/// Addition is exact, associative and commutative.
public struct UsageSums: Sendable, Hashable {
    /// Events.
    public var calls: Int64 = 0
    /// Uncached prompt tokens.
    public var inputTokens: Int64 = 0
    /// Generated tokens.
    public var outputTokens: Int64 = 0
    /// Tokens written to the cache for five minutes.
    public var cacheWrite5mTokens: Int64 = 0
    /// Tokens written to the cache for one hour.
    public var cacheWrite1hTokens: Int64 = 0
    /// Tokens read from the cache.
    public var cacheReadTokens: Int64 = 0
    /// Web searches.
    public var webSearches: Int64 = 0
    /// What the priced events cost.
    public var charge: PicoUSD = .zero
    /// Events without a price yet.
    ///
    /// Their cost is not in ``charge``.
    public var unpriced: Int64 = 0
    /// Events whose counts are estimates.
    public var estimated: Int64 = 0

    /// No usage.
    public init() {}
}
