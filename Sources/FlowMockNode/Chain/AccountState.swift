/// An account with its past.
struct AccountState: Sendable {
    struct Key: Sendable {
        var key: MockAccountKey
        var sequenceNumber: History<UInt64>
        var isRevoked: History<Bool>
    }

    var keys: [Key]
    /// In 1e-8 FLOW.
    var balance: History<UInt64>
    var contracts: History<[String: String]>

    init(keys: [MockAccountKey], balance: UInt64, contracts: [String: String], at height: UInt64) {
        self.keys = keys.map { Key($0, at: height) }
        self.balance = History(balance, since: height)
        self.contracts = History(contracts, since: height)
    }

    /// Adds a key and returns its index.
    mutating func add(_ key: MockAccountKey, at height: UInt64) -> Int {
        keys.append(Key(key, at: height))
        return keys.count - 1
    }
}

extension AccountState.Key {
    init(_ key: MockAccountKey, at height: UInt64) {
        self.key = key
        sequenceNumber = History(key.sequenceNumber, since: height)
        isRevoked = History(false, since: height)
    }
}
