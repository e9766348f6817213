internal import Metering

/// The numbers of everything that events name.
///
/// The events of a session mostly name the same customer and key, and those of a model the same SKUs, so two look-ups
/// find all of it.
final class EventNames {
    /// Who caused an event.
    struct Parties {
        var customer: Int64
        var key: Int64
        var session: Int64
    }

    /// What an event is about.
    struct Subject {
        var model: Int64
        var priceBook: Int64
        /// Of each line, in their order.
        var skus: [Int64]
        /// What each line counts.
        var counters: [UsageCounter]
    }

    private struct KnownParties {
        var customer: CustomerID
        var key: APIKeyID
        var numbers: Parties
    }

    private struct KnownSubject {
        var priceBook: Digest32
        var skus: [SKU]
        var numbers: Subject

        func isRight(for event: borrowing UsageEvent) -> Bool {
            guard priceBook == event.priceBook, skus.count == event.lines.count else { return false }
            for index in skus.indices where skus[index] != event.lines[index].sku { return false }
            return true
        }
    }

    private let customers: NameTable<String>
    private let keys: NameTable<String>
    private let sessions: NameTable<String>
    private let models: NameTable<String>
    private let skus: NameTable<String>
    private let priceBooks: NameTable<Digest32>
    private var parties: [SessionID: KnownParties] = [:]
    private var subjects: [String: KnownSubject] = [:]
    private var counters: [SKU: UsageCounter] = [:]

    /// More sessions, models or SKUs than this are not kept in memory.
    private static let limit = 8_192

    init(_ connection: StoreConnection) throws(SQLiteFailure) {
        customers = try NameTable("eventCustomer", connection)
        keys = try NameTable("eventKey", connection)
        sessions = try NameTable("eventSession", connection)
        models = try NameTable("eventModel", connection)
        skus = try NameTable("eventSKU", connection)
        priceBooks = try NameTable("eventPriceBook", connection)
    }

    /// The numbers of who caused an event; names that are new are added.
    func parties(of event: borrowing UsageEvent) throws(SQLiteFailure) -> Parties {
        if let known = parties[event.session], known.customer == event.customer, known.key == event.key {
            return known.numbers
        }
        let numbers = Parties(
            customer: try customers.number(of: event.customer.rawValue), key: try keys.number(of: event.key.rawValue),
            session: try sessions.number(of: event.session.rawValue))
        if parties.count >= Self.limit { parties.removeAll(keepingCapacity: true) }
        parties[event.session] = KnownParties(customer: event.customer, key: event.key, numbers: numbers)
        return numbers
    }

    /// The numbers of what an event is about; names that are new are added.
    func subject(of event: borrowing UsageEvent) throws(SQLiteFailure) -> Subject {
        if let known = subjects[event.model], known.isRight(for: event) { return known.numbers }
        let skus = event.lines.map(\.sku)
        var numbers = Subject(
            model: try models.number(of: event.model), priceBook: try priceBooks.number(of: event.priceBook), skus: [],
            counters: [])
        for sku in skus {
            numbers.skus.append(try number(of: sku))
            numbers.counters.append(counter(of: sku))
        }
        if subjects.count >= Self.limit { subjects.removeAll(keepingCapacity: true) }
        subjects[event.model] = KnownSubject(priceBook: event.priceBook, skus: skus, numbers: numbers)
        return numbers
    }

    /// The number of a SKU.
    func number(of sku: SKU) throws(SQLiteFailure) -> Int64 { try skus.number(of: sku.rawValue) }

    private func counter(of sku: SKU) -> UsageCounter {
        if let known = counters[sku] { return known }
        let counter = UsageCounter(sku)
        if counters.count >= Self.limit { counters.removeAll(keepingCapacity: true) }
        counters[sku] = counter
        return counter
    }

    /// Forgets what a transaction that was rolled back may have added.
    func reset() {
        for table in [customers, keys, sessions, models, skus] { table.reset() }
        priceBooks.reset()
        parties = [:]
        subjects = [:]
    }
}
