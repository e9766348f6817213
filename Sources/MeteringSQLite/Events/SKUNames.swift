internal import Metering

/// The SKUs behind the numbers in events, and what they count.
final class SKUNames {
    private let select: StoreStatement
    private var names: [UInt64: SKU] = [:]
    private var counters: [UInt64: UsageCounter] = [:]

    init(_ connection: StoreConnection) throws(SQLiteFailure) {
        select = try connection.prepare("SELECT name FROM eventSKU WHERE number = ?1")
    }

    func name(_ number: UInt64) throws(SQLiteFailure) -> SKU {
        if let name = names[number] { return name }
        select.bind(Int64(clamping: number), at: 1)
        defer { select.reset() }
        guard try select.step() else {
            throw SQLiteFailure(code: 11, message: "an event refers to SKU \(number), which is not there")
        }
        let name = SKU(rawValue: select.text(at: 0))
        names[number] = name
        return name
    }

    func counter(_ number: UInt64) throws(SQLiteFailure) -> UsageCounter {
        if let counter = counters[number] { return counter }
        let counter = UsageCounter(try name(number))
        counters[number] = counter
        return counter
    }

    /// Forgets all names; after a rollback they may be wrong.
    func reset() {
        names = [:]
        counters = [:]
    }
}
