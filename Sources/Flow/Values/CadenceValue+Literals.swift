// What has one type only in Cadence can be written as a literal: numbers have many, so each is named.

extension CadenceValue: ExpressibleByStringLiteral {
    /// A ``string(_:)``.
    public init(stringLiteral value: String) { self = .string(value) }
}

extension CadenceValue: ExpressibleByBooleanLiteral {
    /// A ``bool(_:)``.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension CadenceValue: ExpressibleByArrayLiteral {
    /// An ``array(_:)``.
    public init(arrayLiteral elements: CadenceValue...) { self = .array(elements) }
}

extension CadenceValue: ExpressibleByDictionaryLiteral {
    /// A ``dictionary(_:)``, its entries in the order in which they are written.
    public init(dictionaryLiteral elements: (CadenceValue, CadenceValue)...) {
        self = .dictionary(elements.map { CadenceDictionaryEntry(key: $0, value: $1) })
    }
}
