internal import BigInt

extension CadenceValue {
    /// The Cadence value of a Swift value.
    ///
    /// `String`, `Bool` and the integers become the Cadence type of the same name; `UFix64` and its kin, ``FlowAddress``,
    /// ``CadencePath``, ``CadenceType``, `BigInt`, `BigUInt` and ``CadenceValue`` become what they stand for. Optionals
    /// become optionals, arrays arrays, dictionaries dictionaries. A type with fields becomes a struct whose id it must
    /// name by being ``CadenceNamed``, and an enum with raw values that is named so becomes an enum of Cadence:
    ///
    ///     struct Record: Encodable, CadenceNamed {
    ///         static let cadenceTypeID = "A.f8d6e0586b0a20c7.Billing.Record"
    ///         var amount: UFix64
    ///         var memo: String?
    ///     }
    ///
    /// - Throws: ``FlowError/Code/typeMismatch`` for what Cadence has no type for, such as floating-point numbers.
    public init(encoding value: some Encodable) throws(FlowError) {
        do { self = try CadenceValueEncoder.value(of: value, codingPath: []) } catch let error as FlowError {
            throw error
        } catch {
            throw FlowError(.typeMismatch, "the value has no Cadence form: \(error)", cause: error)
        }
    }
}

/// A Swift type that stands for a composite type of Cadence.
public protocol CadenceNamed {
    /// The type's id on the chain where it is used, as `A.f8d6e0586b0a20c7.Billing.Record`.
    static var cadenceTypeID: String { get }
    /// What kind of composite the type is; a struct unless it says otherwise.
    static var cadenceKind: CadenceComposite.Kind { get }
}

extension CadenceNamed {
    /// A struct.
    public static var cadenceKind: CadenceComposite.Kind { .structure }
}

/// The standard library's protocol, with a Cadence value at its end.
///
/// A class, because containers write into it after they were handed out.
final class CadenceValueEncoder: Encoder {
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    /// What a container has written so far.
    enum Content {
        case nothing
        case value(CadenceValue)
        case fields([CadenceComposite.Field])
        case elements([CadenceValue])
    }
    var content = Content.nothing
    /// Whether containers were asked for that Cadence has nothing for; that call cannot throw.
    var hasNesting = false

    init(codingPath: [any CodingKey]) { self.codingPath = codingPath }

    static func value(of value: some Encodable, codingPath: [any CodingKey]) throws -> CadenceValue {
        // Asked of the type, because a value's own cast looks through optionals.
        if type(of: value) is any EncodableOptional.Type, let optional = value as? any EncodableOptional {
            return .optional(try optional.inner(codingPath))
        }
        if let direct = directValue(value) { return direct }
        let encoder = CadenceValueEncoder(codingPath: codingPath)
        try value.encode(to: encoder)
        if encoder.hasNesting {
            throw FlowError(.typeMismatch, "nested containers have no Cadence type: encode a value of a type instead")
        }
        let named = type(of: value) as? any CadenceNamed.Type
        switch encoder.content {
        case .value(let raw):
            guard let named, named.cadenceKind == .enumeration else { return raw }
            return .composite(CadenceComposite(.enumeration, named.cadenceTypeID, [.init("rawValue", raw)]))
        case .elements(let elements):
            // A dictionary whose keys are neither text nor integers encodes its keys and values in turn.
            guard value is any EncodableDictionary else { return .array(elements) }
            return .dictionary(
                stride(from: 0, to: elements.count - 1, by: 2).map {
                    CadenceDictionaryEntry(key: elements[$0], value: elements[$0 + 1])
                })
        case .fields(let fields):
            if let named {
                guard Set(fields.map(\.name)).count == fields.count else {
                    throw FlowError(.typeMismatch, "\(type(of: value)) encodes a field twice")
                }
                return .composite(CadenceComposite(named.cadenceKind, named.cadenceTypeID, fields))
            }
            if let dictionary = value as? any EncodableDictionary {
                return .dictionary(
                    fields.map { CadenceDictionaryEntry(key: dictionary.keyValue($0.name), value: $0.value) })
            }
            throw FlowError(
                .typeMismatch,
                "\(type(of: value)) has fields but no Cadence type: make it CadenceNamed")
        case .nothing:
            throw FlowError(.typeMismatch, "\(type(of: value)) encodes nothing")
        }
    }

    /// The value of a type that stands for a Cadence type as a whole.
    private static func directValue(_ value: some Encodable) -> CadenceValue? {
        switch value {
        case let value as CadenceValue: value
        case let value as any CadenceWhole: value.cadenceValue
        case let value as BigInt: .int(value)
        case let value as BigUInt: .uint(value)
        default: nil
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        switch content {
        case .nothing: content = .fields([])
        // A type may ask again, and so may the type that it inherits from: their fields come together.
        case .fields: break
        case .value, .elements: hasNesting = true
        }
        return KeyedEncodingContainer(CadenceKeyedEncoding<Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        switch content {
        case .nothing: content = .elements([])
        case .elements: break
        case .value, .fields: hasNesting = true
        }
        return CadenceUnkeyedEncoding(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { CadenceSingleEncoding(encoder: self) }

    func append(_ value: CadenceValue, _ name: String) {
        guard case .fields(var fields) = content else { return }
        content = .nothing
        fields.append(CadenceComposite.Field(name, value))
        content = .fields(fields)
    }

    func append(_ value: CadenceValue) {
        guard case .elements(var elements) = content else { return }
        content = .nothing
        elements.append(value)
        content = .elements(elements)
    }

    func noFloatingPoint() -> FlowError {
        FlowError(.typeMismatch, "Cadence has no floating-point numbers: use UFix64 or Fix64")
    }
}

/// An optional, whatever its type.
private protocol EncodableOptional {
    func inner(_ codingPath: [any CodingKey]) throws -> CadenceValue?
}

extension Optional: EncodableOptional where Wrapped: Encodable {
    fileprivate func inner(_ codingPath: [any CodingKey]) throws -> CadenceValue? {
        try map { try CadenceValueEncoder.value(of: $0, codingPath: codingPath) }
    }
}

/// A dictionary, whatever its types.
private protocol EncodableDictionary {
    func keyValue(_ text: String) -> CadenceValue
}

extension Dictionary: EncodableDictionary where Key: Encodable, Value: Encodable {
    fileprivate func keyValue(_ text: String) -> CadenceValue {
        Key.self == Int.self ? .int(BigInt(text) ?? 0) : .string(text)
    }
}
