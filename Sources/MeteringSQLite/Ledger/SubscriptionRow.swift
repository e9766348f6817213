internal import FoundationEssentials
internal import GRDB
internal import Metering

/// How a subscription is kept in its table.
enum SubscriptionRow {
    /// Selects a subscription with its escrow.
    static let select = """
        SELECT subscription.*, account.whole AS escrowWhole, account.part AS escrowPart
        FROM subscription JOIN account ON account.kind = 'escrow' AND account.name = subscription.id
        """

    /// Reads what ``select`` selected.
    static func subscription(_ row: Row, database: Database) throws -> Subscription {
        let id: String = row["id"]
        let changes = try Row.fetchAll(
            database.cachedStatement(sql: "SELECT * FROM capChange WHERE subscription = ? ORDER BY fromEpoch"),
            arguments: [id]
        ).map(capChange)
        guard let first = changes.first else {
            throw SQLiteFailure(code: 11, message: "a subscription in the ledger has no caps")
        }
        let terms = SubscriptionTerms(
            id: SubscriptionID(rawValue: id), customer: CustomerID(rawValue: row["customer"]),
            provider: ProviderID(rawValue: row["provider"]), caps: first.caps, periodLength: row["periodLength"],
            grace: row["grace"])
        var subscription = Subscription(
            terms: terms, created: Timestamp(milliseconds: row["created"]), opening: try PicoUSD(ledger: row["opening"])
        )
        subscription.capChanges = changes
        subscription.state = try state(row["state"], row["stateTime"])
        subscription.escrow = PicoUSD(whole: row["escrowWhole"], part: row["escrowPart"])
        subscription.settled = try PicoUSD(ledger: row["settled"])
        if let epoch = row["epoch"] as Int64? {
            let item = SettlementItem(
                subscription: terms.id, cumulativeCharge: try PicoUSD(ledger: row["cumulative"]),
                customerRoot: try Digest32(ledger: row["customerRoot"]),
                priceBook: try Digest32(ledger: row["priceBook"]))
            subscription.position = Subscription.Position(epoch: Epoch(epoch), item: item)
        }
        subscription.period = row["period"]
        subscription.periodSpent = try PicoUSD(ledger: row["periodSpent"])
        subscription.creditOwed = try PicoUSD(ledger: row["creditOwed"])
        return subscription
    }

    private static func capChange(_ row: Row) throws -> CapChange {
        func cap(_ name: String) throws -> PicoUSD? { try (row[name] as String?).map { try PicoUSD(ledger: $0) } }
        return CapChange(
            from: Epoch(row["fromEpoch"]),
            caps: SpendingCaps(
                perEpoch: try cap("perEpoch"), perPeriod: try cap("perPeriod"), lifetime: try cap("lifetime")))
    }

    private static func state(_ number: Int64, _ time: Int64?) throws -> Subscription.State {
        switch (number, time) {
        case (0, nil): .active
        case (1, nil): .paused
        case (2, let time?): .cancelling(until: Timestamp(milliseconds: time))
        case (3, let time?): .closed(Timestamp(milliseconds: time))
        default: throw SQLiteFailure(code: 11, message: "a subscription in the ledger has no state")
        }
    }
}

extension Subscription.State {
    /// The state as its two columns hold it.
    var columns: (Int64, Timestamp?) {
        switch self {
        case .active: (0, nil)
        case .paused: (1, nil)
        case .cancelling(let until): (2, until)
        case .closed(let time): (3, time)
        }
    }
}

extension LedgerAccount {
    /// The account as its two columns hold it.
    var key: (kind: String, name: String) {
        switch self {
        case .world: ("world", "")
        case .escrow(let id): ("escrow", id.rawValue)
        case .earnings(let id): ("earnings", id.rawValue)
        }
    }

    /// Reads an account's columns.
    init(kind: String, name: String) {
        switch kind {
        case "escrow": self = .escrow(SubscriptionID(rawValue: name))
        case "earnings": self = .earnings(ProviderID(rawValue: name))
        default: self = .world
        }
    }
}

extension PicoUSD {
    /// The amount as decimal text.
    var text: String { String(rawValue) }

    /// Reads an amount that is kept as decimal text.
    init(ledger text: String) throws {
        guard let value = Int128(text) else {
            throw SQLiteFailure(code: 11, message: "an amount in the ledger is not an integer")
        }
        self.init(value)
    }

    /// Whole US dollars, rounded down, and the 10⁻¹² US dollars above them.
    var wholeAndPart: (whole: Int64, part: Int64) {
        let dollar = Self.dollar.rawValue
        var (whole, part) = rawValue.quotientAndRemainder(dividingBy: dollar)
        if part < 0 { (whole, part) = (whole - 1, part + dollar) }
        return (Int64(whole), Int64(part))
    }

    /// Puts an amount together.
    init(whole: Int64, part: Int64) { self.init(Int128(whole) * Self.dollar.rawValue + Int128(part)) }
}

extension Digest32 {
    /// Reads a digest that is kept as 32 bytes.
    init(ledger data: Data?) throws {
        guard let data, let digest = Digest32(bytes: data) else {
            throw SQLiteFailure(code: 11, message: "a hash in the ledger is not 32 bytes long")
        }
        self = digest
    }
}
