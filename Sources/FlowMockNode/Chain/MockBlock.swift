internal import ChainPrimitives
internal import Crypto

/// A block with what is in it.
struct MockBlock: Sendable {
    let id: String
    let parentID: String
    let height: UInt64
    /// Milliseconds since the Unix epoch.
    let timestamp: Int64
    let transactions: [String]
    /// The events of its transactions, once it is executed.
    var events: [EmittedEvent] = []

    init(parent: MockBlock?, height: UInt64, timestamp: Int64, transactions: [String], network: MockNetwork) {
        parentID = parent?.id ?? String(repeating: "0", count: 64)
        self.height = height
        self.timestamp = timestamp
        self.transactions = transactions
        let text = "\(network.rawValue) \(height) \(timestamp) \(parentID) \(transactions.joined(separator: " "))"
        id = Hex.encode(Array(SHA3_256.hash(data: Array(text.utf8))))
    }

    /// The id of the block's one collection; `nil` when the block is empty.
    var collectionID: String? {
        guard !transactions.isEmpty else { return nil }
        return Hex.encode(Array(SHA3_256.hash(data: Array(transactions.joined().utf8))))
    }

    var time: String { RFC3339.text(milliseconds: timestamp) }
}

/// An event with its place on the chain.
struct EmittedEvent: Sendable {
    var event: MockEvent
    var transactionID: String
    var transactionIndex: Int
    var eventIndex: Int
}

/// Times as the REST interface prints them.
enum RFC3339 {
    static func text(milliseconds: Int64) -> String {
        let days = Int64((milliseconds - (milliseconds < 0 ? 86_399_999 : 0)) / 86_400_000)
        let rest = milliseconds - days * 86_400_000
        // Days to a date in the proleptic Gregorian calendar, counted in eras of 400 years that begin in March.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let time = "\(padded(rest / 3_600_000, 2)):\(padded(rest / 60_000 % 60, 2)):\(padded(rest / 1000 % 60, 2))"
        return "\(date)T\(time).\(padded(rest % 1000, 3))000000Z"
    }

    private static func padded(_ number: Int64, _ count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
}
