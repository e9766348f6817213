/// A type of Cadence, as JSON-Cadence describes it.
public indirect enum CadenceType: Sendable, Hashable {
    /// A type with nothing but a name: `Int`, `String`, `AnyStruct`.
    case simple(String)
    case optional(CadenceType)
    case variableSizedArray(CadenceType)
    case constantSizedArray(CadenceType, size: UInt64)
    case dictionary(key: CadenceType, value: CadenceType)
    case inclusiveRange(CadenceType)
    /// A capability; the type it borrows is `nil` when that is not stated.
    case capability(CadenceType?)
    case reference(CadenceType, CadenceAuthorization)
    case intersection(typeID: String, [CadenceType])
    case composite(CadenceCompositeType)
    case function(CadenceFunctionType)
    /// A type that stands further out in the same description, by its id: types can contain themselves.
    case repeated(typeID: String)
}

/// A type with fields: struct, resource, event, contract, enum, attachment, or an interface.
public struct CadenceCompositeType: Sendable, Hashable {
    /// What kind of type it is; the raw values are JSON-Cadence's names.
    public enum Kind: String, Sendable, CaseIterable {
        case structure = "Struct"
        case resource = "Resource"
        case event = "Event"
        case contract = "Contract"
        case structureInterface = "StructInterface"
        case resourceInterface = "ResourceInterface"
        case contractInterface = "ContractInterface"
        case enumeration = "Enum"
        case attachment = "Attachment"
    }

    /// A field's name and type.
    public struct Field: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The type.
        public var type: CadenceType
        /// Creates a field.
        public init(_ name: String, _ type: CadenceType) {
            self.name = name
            self.type = type
        }
    }

    /// What kind of type it is.
    public var kind: Kind
    /// The type's id.
    public var typeID: String
    /// The fields.
    public var fields: [Field]
    /// The parameters of each initializer.
    public var initializers: [[CadenceParameter]]
    /// The raw type of an enum, or the type that an attachment belongs to; `nil` for others.
    public var baseType: CadenceType?

    /// Creates a type.
    public init(
        _ kind: Kind, _ typeID: String, fields: [Field] = [], initializers: [[CadenceParameter]] = [],
        baseType: CadenceType? = nil
    ) {
        self.kind = kind
        self.typeID = typeID
        self.fields = fields
        self.initializers = initializers
        self.baseType = baseType
    }
}

/// A parameter of a function or an initializer.
public struct CadenceParameter: Sendable, Hashable {
    /// The label that callers write; `_` for none.
    public var label: String
    /// The name inside of the function.
    public var name: String
    /// The type.
    public var type: CadenceType

    /// Creates a parameter.
    public init(label: String, name: String, type: CadenceType) {
        self.label = label
        self.name = name
        self.type = type
    }
}

/// A function's type.
public struct CadenceFunctionType: Sendable, Hashable {
    /// A type parameter, with its bound if it has one.
    public struct TypeParameter: Sendable, Hashable {
        /// The name.
        public var name: String
        /// What the type must conform to.
        public var bound: CadenceType?

        /// Creates a type parameter.
        public init(_ name: String, bound: CadenceType? = nil) {
            self.name = name
            self.bound = bound
        }
    }

    /// The type's id.
    public var typeID: String
    /// Whether the function promises to change nothing.
    public var isView: Bool
    /// The type parameters.
    public var typeParameters: [TypeParameter]
    /// The parameters.
    public var parameters: [CadenceParameter]
    /// The type of the result.
    public var returnType: CadenceType

    /// Creates a function type.
    public init(
        typeID: String = "", isView: Bool = false, typeParameters: [TypeParameter] = [],
        parameters: [CadenceParameter] = [], returnType: CadenceType
    ) {
        self.typeID = typeID
        self.isView = isView
        self.typeParameters = typeParameters
        self.parameters = parameters
        self.returnType = returnType
    }
}

/// What a reference allows besides what everybody may do.
public enum CadenceAuthorization: Sendable, Hashable {
    /// Nothing.
    case unauthorized
    /// What an entitlement map gives.
    case map(String)
    /// All of these entitlements.
    case conjunction([String])
    /// One of these entitlements.
    case disjunction([String])
}
