/// A type that stands for one Cadence type as a whole.
///
/// ``CadenceValue/decoded(as:)`` and ``CadenceValue/init(encoding:)`` take it as it is.
protocol CadenceWhole: Codable {
    var cadenceValue: CadenceValue { get }
}

extension UFix64: CadenceWhole { var cadenceValue: CadenceValue { .ufix64(self) } }
extension Fix64: CadenceWhole { var cadenceValue: CadenceValue { .fix64(self) } }
extension UFix128: CadenceWhole { var cadenceValue: CadenceValue { .ufix128(self) } }
extension Fix128: CadenceWhole { var cadenceValue: CadenceValue { .fix128(self) } }
extension FlowAddress: CadenceWhole { var cadenceValue: CadenceValue { .address(self) } }
extension CadencePath: CadenceWhole { var cadenceValue: CadenceValue { .path(self) } }
extension CadenceType: CadenceWhole { var cadenceValue: CadenceValue { .type(self) } }
extension CadenceCapability: CadenceWhole { var cadenceValue: CadenceValue { .capability(self) } }
extension CadenceComposite: CadenceWhole { var cadenceValue: CadenceValue { .composite(self) } }
extension CadenceInclusiveRange: CadenceWhole { var cadenceValue: CadenceValue { .inclusiveRange(self) } }

// In other coders than this module's these are texts.

extension CadenceValue: Codable {
    /// Reads JSON-Cadence text.
    public init(from decoder: any Decoder) throws {
        try self.init(json: try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes JSON-Cadence text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(try jsonText())
    }

    fileprivate static func part<Part>(
        from decoder: any Decoder, _ part: (CadenceValue) -> Part?
    ) throws -> Part {
        let value = try CadenceValue(from: decoder)
        guard let part = part(value) else {
            throw FlowError(.typeMismatch, "the value is of type \(value.typeName), not \(Part.self)")
        }
        return part
    }
}

extension FlowAddress: Codable {
    /// Reads the address's text.
    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes `0x` and 16 digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension FlowIdentifier: Codable {
    /// Reads 64 hexadecimal digits.
    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes 64 hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension CadencePath: Codable {
    /// Reads JSON-Cadence text.
    public init(from decoder: any Decoder) throws {
        self = try CadenceValue.part(from: decoder) { if case .path(let path) = $0 { path } else { nil } }
    }

    /// Writes JSON-Cadence text.
    public func encode(to encoder: any Encoder) throws { try cadenceValue.encode(to: encoder) }
}

extension CadenceType: Codable {
    /// Reads JSON-Cadence text: that of the type as a value.
    public init(from decoder: any Decoder) throws {
        self = try CadenceValue.part(from: decoder) { if case .type(let type) = $0 { type } else { nil } }
    }

    /// Writes JSON-Cadence text: that of the type as a value.
    public func encode(to encoder: any Encoder) throws { try cadenceValue.encode(to: encoder) }
}

extension CadenceCapability: Codable {
    /// Reads JSON-Cadence text.
    public init(from decoder: any Decoder) throws {
        self = try CadenceValue.part(from: decoder) { if case .capability(let part) = $0 { part } else { nil } }
    }

    /// Writes JSON-Cadence text.
    public func encode(to encoder: any Encoder) throws { try cadenceValue.encode(to: encoder) }
}

extension CadenceComposite: Codable {
    /// Reads JSON-Cadence text.
    public init(from decoder: any Decoder) throws {
        self = try CadenceValue.part(from: decoder) { if case .composite(let part) = $0 { part } else { nil } }
    }

    /// Writes JSON-Cadence text.
    public func encode(to encoder: any Encoder) throws { try cadenceValue.encode(to: encoder) }
}

extension CadenceInclusiveRange: Codable {
    /// Reads JSON-Cadence text.
    public init(from decoder: any Decoder) throws {
        self = try CadenceValue.part(from: decoder) { if case .inclusiveRange(let part) = $0 { part } else { nil } }
    }

    /// Writes JSON-Cadence text.
    public func encode(to encoder: any Encoder) throws { try cadenceValue.encode(to: encoder) }
}
