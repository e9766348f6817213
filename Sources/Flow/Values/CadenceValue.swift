public import BigInt

/// A value of Cadence, with its type.
///
/// Each case is one Cadence type, so that an argument says what it is. Texts, truth values, arrays and dictionaries can be
/// written as literals:
///
///     let arguments: [CadenceValue] = [.ufix64(amount), .address(receiver), .optional("memo"), [.uint8(1), .uint8(2)]]
public enum CadenceValue: Sendable, Hashable {
    case void
    indirect case optional(CadenceValue?)
    case bool(Bool)
    case string(String)
    /// One grapheme cluster.
    case character(Character)
    case address(FlowAddress)

    case int(BigInt)
    case int8(Int8)
    case int16(Int16)
    case int32(Int32)
    case int64(Int64)
    case int128(Int128)
    /// At least -2^255 and below 2^255; the codec checks it.
    case int256(BigInt)
    case uint(BigUInt)
    case uint8(UInt8)
    case uint16(UInt16)
    case uint32(UInt32)
    case uint64(UInt64)
    case uint128(UInt128)
    /// Below 2^256; the codec checks it.
    case uint256(BigUInt)
    case word8(UInt8)
    case word16(UInt16)
    case word32(UInt32)
    case word64(UInt64)
    case word128(UInt128)
    /// Below 2^256; the codec checks it.
    case word256(BigUInt)

    case fix64(Fix64)
    case ufix64(UFix64)
    case fix128(Fix128)
    case ufix128(UFix128)

    case array([CadenceValue])
    /// Entries in the order of the text; Cadence's dictionaries have none of their own.
    case dictionary([CadenceDictionaryEntry])
    /// A struct, resource, event, contract, enum or attachment.
    case composite(CadenceComposite)
    case path(CadencePath)
    /// A type as a value; `nil` for an unknown one.
    case type(CadenceType?)
    case inclusiveRange(CadenceInclusiveRange)
    case capability(CadenceCapability)
    /// A function: the node writes it, but takes none as an argument.
    case function(CadenceType)
}

/// A key of a dictionary and its value.
public struct CadenceDictionaryEntry: Sendable, Hashable {
    /// The key.
    public var key: CadenceValue
    /// The value.
    public var value: CadenceValue

    /// Creates an entry.
    public init(key: CadenceValue, value: CadenceValue) {
        self.key = key
        self.value = value
    }
}

/// A value with named fields.
public struct CadenceComposite: Sendable, Hashable {
    /// What kind of composite it is; the raw values are JSON-Cadence's names.
    public enum Kind: String, Sendable, CaseIterable {
        case structure = "Struct"
        case resource = "Resource"
        case event = "Event"
        case contract = "Contract"
        case enumeration = "Enum"
        case attachment = "Attachment"
    }

    /// A field's name and value.
    public struct Field: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The value.
        public var value: CadenceValue

        /// Creates a field.
        public init(_ name: String, _ value: CadenceValue) {
            self.name = name
            self.value = value
        }
    }

    /// What kind of composite it is.
    public var kind: Kind
    /// The type's id, as `A.0ae53cb6e3f42a79.FlowToken.TokensWithdrawn`.
    public var typeID: String
    /// The fields, in the order of their declaration.
    public var fields: [Field]

    /// Creates a composite.
    public init(_ kind: Kind, _ typeID: String, _ fields: [Field]) {
        self.kind = kind
        self.typeID = typeID
        self.fields = fields
    }

    /// The value of the field with this name, if there is one.
    public subscript(name: String) -> CadenceValue? { fields.first { $0.name == name }?.value }
}

/// A path in an account: `/storage/flowTokenVault`.
public struct CadencePath: Sendable, Hashable, CustomStringConvertible {
    /// Where in the account it leads.
    public enum Domain: String, Sendable, CaseIterable {
        case storage
        /// From before Cadence 1.0; the codec still knows it.
        case `private`
        case `public`
    }

    /// The domain.
    public var domain: Domain
    /// The identifier behind the domain.
    public var identifier: String

    /// Creates a path.
    public init(_ domain: Domain, _ identifier: String) {
        self.domain = domain
        self.identifier = identifier
    }

    /// The path as Cadence writes it.
    public var description: String { "/\(domain.rawValue)/\(identifier)" }
}

/// A range of integers with both ends, and a step.
public struct CadenceInclusiveRange: Sendable, Hashable {
    // Boxed: a range is inside of a value and holds values.
    private let bounds: [CadenceValue]

    /// The first value.
    public var start: CadenceValue { bounds[0] }
    /// The last value that may be reached.
    public var end: CadenceValue { bounds[1] }
    /// The difference between neighbours.
    public var step: CadenceValue { bounds[2] }

    /// Creates a range.
    public init(start: CadenceValue, end: CadenceValue, step: CadenceValue) { bounds = [start, end, step] }
}

/// A capability: the right to borrow something of an account.
public struct CadenceCapability: Sendable, Hashable {
    /// The capability's id in its account.
    public var id: UInt64
    /// The account.
    public var address: FlowAddress
    /// The type that can be borrowed.
    public var borrowType: CadenceType

    /// Creates a capability.
    public init(id: UInt64, address: FlowAddress, borrowType: CadenceType) {
        self.id = id
        self.address = address
        self.borrowType = borrowType
    }
}
