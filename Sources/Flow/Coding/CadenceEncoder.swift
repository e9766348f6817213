internal import BigInt

extension CadenceValue {
    /// The Cadence value of a Swift value.
    ///
    /// `String`, `Bool` and the integers become the Cadence type of the same name; `UFix64` and its kin, ``FlowAddress``,
    /// ``CadencePath``, ``CadenceType``, `BigInt`, `BigUInt` and ``CadenceValue`` become what they stand for. Optionals
    /// become optionals, arrays arrays, dictionaries dictionaries, in the order of their keys' texts. A type with fields
    /// becomes a struct whose id it must name by being ``CadenceNamed``, and an enum with raw values that is named so
    /// becomes an enum of Cadence:
    ///
    ///     struct Record: Encodable, CadenceNamed {
    ///         static let cadenceTypeID = "Billing.Record"
    ///         var amount: UFix64
    ///         var memo: String?
    ///     }
    ///
    /// - Parameter aliases: Where contracts are on the network that the value is for; see ``CadenceNamed/cadenceTypeID``.
    /// - Throws: ``FlowError/Code/typeMismatch`` for what Cadence has no type for, such as floating-point numbers, and
    ///   ``FlowError/Code/invalidInput`` for a contract without an alias.
    public init(encoding value: some Encodable, aliases: ContractAliases = ContractAliases()) throws(FlowError) {
        let encoder = CadenceValueEncoder(codingPath: [], aliases)
        do { self = try encoder.value(of: value, []) } catch let error as FlowError {
            throw error
        } catch {
            throw FlowError(.typeMismatch, "the value has no Cadence form: \(error)", cause: error)
        }
    }
}

/// A Swift type that stands for a composite type of Cadence.
public protocol CadenceNamed {
    /// The type's id on the chain where it is used, as `A.f8d6e0586b0a20c7.Billing.Record`; or, for a contract that has
    /// another address on each network, its name, as `Billing.Record`, to which aliases give the address.
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

    private let aliases: ContractAliases

    init(codingPath: [any CodingKey], _ aliases: ContractAliases) {
        self.codingPath = codingPath
        self.aliases = aliases
    }

    /// The Cadence value of a value at a place inside of this encoder's.
    func value(of value: some Encodable, _ codingPath: [any CodingKey]) throws -> CadenceValue {
        // Asked of the type, because a value's own cast looks through optionals.
        if type(of: value) is any EncodableOptional.Type, let optional = value as? any EncodableOptional {
            return .optional(try optional.inner(self, codingPath))
        }
        if let direct = Self.directValue(value) { return direct }
        let encoder = CadenceValueEncoder(codingPath: codingPath, aliases)
        try value.encode(to: encoder)
        if encoder.hasNesting {
            throw codingPath.mismatch("nested containers have no Cadence type: encode a value of a type instead")
        }
        let named = type(of: value) as? any CadenceNamed.Type
        switch encoder.content {
        case .value(let raw):
            guard let named, named.cadenceKind == .enumeration else { return raw }
            let typeID = try aliases.typeID(of: named.cadenceTypeID)
            return .composite(CadenceComposite(.enumeration, typeID, [.init("rawValue", raw)]))
        case .elements(let elements):
            // A dictionary whose keys are neither text nor integers encodes its keys and values in turn.
            guard value is any EncodableDictionary else { return .array(elements) }
            return Self.dictionary(
                stride(from: 0, to: elements.count - 1, by: 2).map {
                    CadenceDictionaryEntry(key: elements[$0], value: elements[$0 + 1])
                })
        case .fields(let fields):
            if let named {
                guard Set(fields.map(\.name)).count == fields.count else {
                    throw codingPath.mismatch("\(type(of: value)) encodes a field twice")
                }
                let typeID = try aliases.typeID(of: named.cadenceTypeID)
                return .composite(CadenceComposite(named.cadenceKind, typeID, fields))
            }
            if let dictionary = value as? any EncodableDictionary {
                return Self.dictionary(
                    fields.map { CadenceDictionaryEntry(key: dictionary.keyValue($0.name), value: $0.value) })
            }
            throw codingPath.mismatch("\(type(of: value)) has fields but no Cadence type: make it CadenceNamed")
        case .nothing:
            throw codingPath.mismatch("\(type(of: value)) encodes nothing")
        }
    }

    /// A dictionary in the order of its keys' texts: a Swift dictionary has another order in each process, and who signs a
    /// transaction together must come to the same bytes.
    private static func dictionary(_ entries: [CadenceDictionaryEntry]) -> CadenceValue {
        .dictionary(entries.map { ($0.key.description, $0) }.sorted { $0.0 < $1.0 }.map(\.1))
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

    func noFloatingPoint(_ key: (any CodingKey)? = nil) -> FlowError {
        (codingPath + (key.map { [$0] } ?? [])).mismatch(
            "Cadence has no floating-point numbers: use UFix64 or Fix64")
    }
}

/// An optional, whatever its type.
private protocol EncodableOptional {
    func inner(_ encoder: CadenceValueEncoder, _ codingPath: [any CodingKey]) throws -> CadenceValue?
}

extension Optional: EncodableOptional where Wrapped: Encodable {
    fileprivate func inner(
        _ encoder: CadenceValueEncoder, _ codingPath: [any CodingKey]
    ) throws -> CadenceValue? {
        try map { try encoder.value(of: $0, codingPath) }
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
