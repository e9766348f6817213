internal import FoundationEssentials
internal import GRDB
internal import Metering

extension Customer {
    static func fetch(_ database: Database, id: CustomerID) throws -> Customer? {
        try Row.fetchOne(database, sql: "SELECT * FROM customer WHERE id = ?", arguments: [id.rawValue])
            .map(Customer.init(stored:))
    }

    init(stored row: Row) throws {
        self.init(
            id: CustomerID(rawValue: row["id"]), name: row["name"],
            limits: SpendLimits(
                daily: try PicoUSD(stored: row["dailyLimit"]), monthly: try PicoUSD(stored: row["monthlyLimit"]),
                lifetime: try PicoUSD(stored: row["lifetimeLimit"])),
            created: Timestamp(milliseconds: row["created"]))
    }
}

extension SpendLimits {
    /// The limits as the columns hold them, in their order.
    var texts: [String?] { [daily, monthly, lifetime].map { limit in limit.map { String($0.rawValue) } } }
}

extension PicoUSD {
    /// Reads an amount that is kept as decimal text.
    init?(stored text: String?) throws {
        guard let text else { return nil }
        guard let value = Int128(text) else {
            throw SQLiteFailure(code: 11, message: "an amount in the store is not an integer")
        }
        self.init(value)
    }
}

extension APIKey {
    init(stored row: Row) throws {
        let hash: Data = row["secretHash"]
        guard let secretHash = Digest32(bytes: hash) else {
            throw SQLiteFailure(code: 11, message: "a key's hash in the store is not 32 bytes long")
        }
        self.init(
            id: APIKeyID(rawValue: row["id"]), secretHash: secretHash, customer: CustomerID(rawValue: row["customer"]),
            name: row["name"], created: Timestamp(milliseconds: row["created"]),
            revoked: (row["revoked"] as Int64?).map(Timestamp.init(milliseconds:)))
    }
}

extension BatchRecord {
    init(stored row: Row) {
        self.init(
            id: row["id"], customer: CustomerID(rawValue: row["customer"]), key: APIKeyID(rawValue: row["key"]),
            session: SessionID(rawValue: row["session"]), created: Timestamp(milliseconds: row["created"]),
            metered: (row["metered"] as Int64?).map(Timestamp.init(milliseconds:)))
    }
}

extension Digest32 {
    /// The bytes as GRDB binds them.
    var data: Data { Data(bytes) }
}
