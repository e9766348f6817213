#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What a spool keeps beside its events, so that the ``KnownUsage`` of an ended process can be put together again: all of
/// it once, then what was added with each batch that was forwarded.
enum SpoolNote: Sendable, Hashable {
    /// Everything known.
    case all(KnownUsage)
    /// What was spent by the events of a batch, by customer and day.
    case spent([CustomerID: [Day: PicoUSD]])

    /// What the events of a batch cost.
    init(forwarded events: some Sequence<UsageEvent>) {
        var spent: [CustomerID: [Day: PicoUSD]] = [:]
        for event in events {
            guard case .priced(let charge) = event.charge else { continue }
            spent[event.customer, default: [:]][event.time.day, default: .zero] += charge
        }
        self = .spent(spent)
    }

    /// What is known after these notes, in their order; `nil` when they do not begin with everything.
    static func known(from notes: [[UInt8]]) throws(MeteringError) -> KnownUsage? {
        var known: KnownUsage?
        for bytes in notes {
            switch try SpoolNote(bytes: bytes) {
            case .all(let all): known = all
            case .spent(let spent):
                for (customer, days) in spent {
                    for (day, charge) in days { known?.add(charge, of: customer, on: day) }
                }
            }
        }
        return known
    }
}

extension SpoolNote {
    /// The form in which a note is kept: JSON, with amounts as text.
    private struct Document: Codable {
        struct Person: Codable {
            var id: String
            var name: String
            var daily: String?
            var monthly: String?
            var lifetime: String?
            var created: Int64
        }
        struct Key: Codable {
            var id: String
            var hash: String
            var customer: String
            var name: String
            var created: Int64
            var revoked: Int64?
        }
        struct Spending: Codable {
            var lifetime: String
            var months: [String: String]
            var days: [String: String]
        }
        var version: Int64?
        var customers: [Person]?
        var keys: [Key]?
        var spending: [String: Spending]?
        var spent: [String: [String: String]]?
    }

    /// The note as bytes.
    func encoded() throws(MeteringError) -> [UInt8] {
        var document = Document()
        switch self {
        case .spent(let spent): document.spent = Self.texts(spent) { Self.texts($0) { $0.description } }
        case .all(let known):
            document.version = known.version
            document.customers = known.customers.map { customer in
                Document.Person(
                    id: customer.id.rawValue, name: customer.name, daily: customer.limits.daily?.description,
                    monthly: customer.limits.monthly?.description, lifetime: customer.limits.lifetime?.description,
                    created: customer.created.milliseconds)
            }
            document.keys = known.keys.map { key in
                Document.Key(
                    id: key.id.rawValue, hash: key.secretHash.description, customer: key.customer.rawValue,
                    name: key.name, created: key.created.milliseconds, revoked: key.revoked?.milliseconds)
            }
            document.spending = Self.texts(known.spending) { spending in
                Document.Spending(
                    lifetime: spending.lifetime.description, months: Self.texts(spending.months) { $0.description },
                    days: Self.texts(spending.days) { $0.description })
            }
        }
        do { return Array(try JSONEncoder().encode(document)) } catch {
            throw MeteringError(.invalidInput, "a note of the spool cannot be written: \(error)", cause: error)
        }
    }

    /// Reads a note.
    ///
    /// - Throws: `storeCorrupt`.
    init(bytes: [UInt8]) throws(MeteringError) {
        do {
            let document = try JSONDecoder().decode(Document.self, from: Data(bytes))
            if let spent = document.spent {
                self = .spent(
                    try Self.parsed(spent, CustomerID.init(rawValue:)) {
                        try Self.parsed($0, Day.init(text:)) {
                            try PicoUSD(usd: $0)
                        }
                    })
                return
            }
            self = .all(try Self.known(document))
        } catch {
            throw MeteringError(.storeCorrupt, "a note of the spool is damaged: \(error)", cause: error)
        }
    }

    private static func known(_ document: Document) throws -> KnownUsage {
        var known = KnownUsage()
        known.version = document.version ?? 0
        for person in document.customers ?? [] {
            let limits = SpendLimits(
                daily: try person.daily.map { try PicoUSD(usd: $0) },
                monthly: try person.monthly.map { try PicoUSD(usd: $0) },
                lifetime: try person.lifetime.map { try PicoUSD(usd: $0) })
            known.customers.append(
                Customer(
                    id: CustomerID(rawValue: person.id), name: person.name, limits: limits,
                    created: Timestamp(milliseconds: person.created)))
        }
        for key in document.keys ?? [] {
            guard let hash = Digest32(hex: key.hash) else {
                throw MeteringError(.storeCorrupt, "the hash of a key is not one")
            }
            known.keys.append(
                APIKey(
                    id: APIKeyID(rawValue: key.id), secretHash: hash,
                    customer: CustomerID(rawValue: key.customer), name: key.name,
                    created: Timestamp(milliseconds: key.created),
                    revoked: key.revoked.map { Timestamp(milliseconds: $0) }))
        }
        known.spending = try parsed(document.spending ?? [:], CustomerID.init(rawValue:)) { spending in
            KnownUsage.Spending(
                lifetime: try PicoUSD(usd: spending.lifetime),
                months: try parsed(spending.months, Month.init(text:)) { try PicoUSD(usd: $0) },
                days: try parsed(spending.days, Day.init(text:)) { try PicoUSD(usd: $0) })
        }
        return known
    }

    private static func texts<Key, Value, Text>(
        _ values: [Key: Value], _ text: (Value) -> Text
    ) -> [String: Text] {
        Dictionary(values.map { ("\($0.key)", text($0.value)) }, uniquingKeysWith: { $1 })
    }

    private static func parsed<Key: Hashable, Text, Value>(
        _ texts: [String: Text], _ key: (String) throws -> Key, _ value: (Text) throws -> Value
    ) throws -> [Key: Value] {
        var values: [Key: Value] = [:]
        for (name, text) in texts { values[try key(name)] = try value(text) }
        return values
    }
}
