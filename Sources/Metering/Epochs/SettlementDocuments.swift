/// The documents in which an outbox keeps batches, outcomes and reports: canonical JSON.
extension SettlementBatch {
    /// The batch as a document.
    public var json: CanonicalJSON {
        .object([
            "epoch": .number(epoch.rawValue),
            "items": .array(
                items.map { item in
                    .object([
                        "cumulative_charge": .number(item.cumulativeCharge.rawValue),
                        "customer_root": .digest(item.customerRoot), "price_book": .digest(item.priceBook),
                        "subscription": .string(item.subscription.rawValue),
                    ])
                }),
        ])
    }

    /// Reads a document.
    ///
    /// - Throws: `invalidInput`.
    public init(_ json: CanonicalJSON) throws(MeteringError) {
        var members = try CanonicalJSON.Members(json, of: "the batch")
        var items: [SettlementItem] = []
        for element in try members.array("items") {
            var item = try CanonicalJSON.Members(element, of: "an item of the batch")
            items.append(
                SettlementItem(
                    subscription: SubscriptionID(rawValue: try item.string("subscription")),
                    cumulativeCharge: PicoUSD(try item.integer("cumulative_charge")),
                    customerRoot: try item.digest("customer_root"), priceBook: try item.digest("price_book")))
            try item.finish()
        }
        self.init(epoch: Epoch(try members.integer("epoch")), items: items)
        try members.finish()
    }
}

extension SettlementOutcome {
    /// The outcome as a document.
    public var json: CanonicalJSON {
        switch self {
        case .settled(let settled):
            .object([
                "kind": .string("settled"), "moved": .number(settled.moved.rawValue),
                "unsettled": .number(settled.unsettled.rawValue),
                "limits": .array(settled.limits.map(\.rawValue).sorted().map { .string($0) }),
            ])
        case .repeated: .object(["kind": .string("repeated")])
        case .superseded: .object(["kind": .string("superseded")])
        case .refused(let refusal): .object(["kind": .string("refused"), "refusal": .string(refusal.rawValue)])
        }
    }

    /// Reads a document.
    ///
    /// - Throws: `invalidInput`.
    public init(_ json: CanonicalJSON) throws(MeteringError) {
        var members = try CanonicalJSON.Members(json, of: "the outcome")
        switch try members.string("kind") {
        case "settled":
            var limits: Set<Limit> = []
            for element in try members.array("limits") {
                guard case .string(let text) = element, let limit = Limit(rawValue: text) else {
                    throw members.error("limits", "holds something unknown")
                }
                limits.insert(limit)
            }
            self = .settled(
                Settled(
                    moved: PicoUSD(try members.integer("moved")), unsettled: PicoUSD(try members.integer("unsettled")),
                    limits: limits))
        case "repeated": self = .repeated
        case "superseded": self = .superseded
        case "refused":
            guard let refusal = Refusal(rawValue: try members.string("refusal")) else {
                throw members.error("refusal", "is unknown")
            }
            self = .refused(refusal)
        default: throw members.error("kind", "is unknown")
        }
        try members.finish()
    }
}

extension ReconciliationReport {
    /// The report as a document.
    public var json: CanonicalJSON {
        .object([
            "epoch": .number(epoch.rawValue), "findings": .array(findings.map { .string($0) }),
            "items": .number(items), "moved": .number(moved.rawValue), "unsettled": .number(unsettled.rawValue),
        ])
    }

    /// Reads a document.
    ///
    /// - Throws: `invalidInput`.
    public init(_ json: CanonicalJSON) throws(MeteringError) {
        var members = try CanonicalJSON.Members(json, of: "the report")
        var findings: [String] = []
        for element in try members.array("findings") {
            guard case .string(let text) = element else { throw members.error("findings", "holds something unknown") }
            findings.append(text)
        }
        self.init(
            epoch: Epoch(try members.integer("epoch")), items: try members.integer("items"),
            moved: PicoUSD(try members.integer("moved")), unsettled: PicoUSD(try members.integer("unsettled")),
            findings: findings)
        try members.finish()
    }
}
