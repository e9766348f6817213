extension CadenceValue: CustomStringConvertible {
    /// The value about as Cadence's source writes it, for logs: `A.f8d6e0586b0a20c7.Billing.Settled(epoch: 7, to: nil)`.
    ///
    /// Numbers do not show their types; ``jsonText()`` is the form that can be read back.
    public var description: String {
        switch self {
        case .void: "()"
        case .optional(let value): value?.description ?? "nil"
        case .bool(let value): "\(value)"
        case .string(let text): Self.quoted(text)
        case .character(let character): Self.quoted(String(character))
        case .address(let address): address.description
        case .fix64(let number): number.description
        case .ufix64(let number): number.description
        case .fix128(let number): number.description
        case .ufix128(let number): number.description
        case .array(let elements): "[\(elements.map(\.description).joined(separator: ", "))]"
        case .dictionary(let entries): "{\(entries.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}"
        case .composite(let composite): composite.description
        case .path(let path): path.description
        case .type(let type): "Type<\(type?.description ?? "?")>()"
        case .inclusiveRange(let range): "InclusiveRange(\(range.start), \(range.end), step: \(range.step))"
        case .capability(let capability):
            "Capability<\(capability.borrowType)>(address: \(capability.address), id: \(capability.id))"
        case .function(let type): type.description
        default: integerText ?? typeName
        }
    }

    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSONText.write(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension CadenceComposite: CustomStringConvertible {
    /// The type's id, and the fields with their names.
    public var description: String {
        "\(typeID)(\(fields.map { "\($0.name): \($0.value)" }.joined(separator: ", ")))"
    }
}
