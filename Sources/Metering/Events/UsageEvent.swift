/// One metered call: who used what, when, and what it costs.
///
/// Immutable once appended to a store.
public struct UsageEvent: Sendable, Hashable {
    /// The idempotency key: the provider's message id when there is one, else the request id.
    public var id: EventID
    /// The customer who pays.
    public var customer: CustomerID
    /// The session it belongs to.
    public var session: SessionID
    /// The key that authenticated the call.
    public var key: APIKeyID
    /// The `request-id` of the response, when known.
    public var requestID: String?
    /// The subagent that made the call (`x-claude-code-agent-id`), when stated.
    ///
    /// Attribution only.
    public var agent: String?
    /// The model that answered, as the response names it.
    public var model: String
    /// When the call ended.
    public var time: Timestamp
    /// What was used, by SKU: the base of the charge.
    ///
    /// Sorted by SKU, one line each, no zero quantities.
    public var lines: [SKULine]
    /// What it costs.
    public var charge: Charge
    /// SHA3-256 of the price book that rated it, 32 bytes.
    public var priceBook: PriceBookHash
    /// How the counts were obtained.
    public var quality: Quality
    /// Where the event came from.
    public var source: Source

    /// A charge, or the reason why there is none yet.
    public enum Charge: Sendable, Hashable {
        /// Σ quantity × price.
        case priced(PicoUSD)
        /// The price book lacks these SKUs.
        ///
        /// The event is on record, blocks its own settlement, and is never taken as 0.
        case unpriced(missing: [SKU])
    }

    /// How the counts were obtained.
    public enum Quality: String, Sendable, Hashable, CaseIterable {
        /// The provider's final counts, and the client stayed to the end.
        case exact
        /// The provider's final counts, read to the end after the client had left.
        case drained
        /// The response broke off; counts are what was known, output estimated from the text seen.
        case estimated
    }

    /// Where an event came from.
    public enum Source: String, Sendable, Hashable, CaseIterable {
        case gateway, webhook, transcript, batch, `import`
    }

    /// Creates an event.
    public init(
        id: EventID, customer: CustomerID, session: SessionID, key: APIKeyID, requestID: String? = nil,
        agent: String? = nil, model: String, time: Timestamp, lines: [SKULine], charge: Charge,
        priceBook: PriceBookHash, quality: Quality, source: Source
    ) {
        self.id = id
        self.customer = customer
        self.session = session
        self.key = key
        self.requestID = requestID
        self.agent = agent
        self.model = model
        self.time = time
        self.lines = lines
        self.charge = charge
        self.priceBook = priceBook
        self.quality = quality
        self.source = source
    }
}

/// An event as a store holds it: with its place in the customer's chain.
public struct StoredEvent: Sendable, Hashable {
    /// The event.
    public var event: UsageEvent
    /// The customer's sequence number: 1, 2, 3, … without a gap.
    public var sequence: Int64
    /// ``hash`` of the customer's event before; all zeros for the first.
    public var previousHash: ReceiptHash
    /// SHA3-256 over the canonical receipt (see `CanonicalReceipt`), which includes sequence and previous hash.
    public var hash: ReceiptHash

    /// Creates a stored event.
    public init(event: UsageEvent, sequence: Int64, previousHash: ReceiptHash, hash: ReceiptHash) {
        self.event = event
        self.sequence = sequence
        self.previousHash = previousHash
        self.hash = hash
    }
}
