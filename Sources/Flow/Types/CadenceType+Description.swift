extension CadenceType: CustomStringConvertible {
    /// The type as Cadence's source writes it, with whole type ids: `auth(E) &A.f8d6e0586b0a20c7.Billing.Ledger`.
    public var description: String {
        switch self {
        case .simple(let name): name
        case .optional(let type): "\(type)?"
        case .variableSizedArray(let type): "[\(type)]"
        case .constantSizedArray(let type, let size): "[\(type); \(size)]"
        case .dictionary(let key, let value): "{\(key): \(value)}"
        case .inclusiveRange(let type): "InclusiveRange<\(type)>"
        case .capability(let type): type.map { "Capability<\($0)>" } ?? "Capability"
        case .reference(let type, let authorization): authorization.prefix + "&\(type)"
        case .intersection(_, let types): "{\(types.map(\.description).joined(separator: ", "))}"
        case .composite(let composite): composite.typeID
        case .function(let function): function.description
        case .repeated(let typeID): typeID
        }
    }
}

extension CadenceFunctionType: CustomStringConvertible {
    /// The type as Cadence's source writes it: `view fun(String): Int`.
    public var description: String {
        let generics = typeParameters.map { $0.name + ($0.bound.map { ": \($0)" } ?? "") }.joined(separator: ", ")
        let parameters = parameters.map(\.type.description).joined(separator: ", ")
        return (isView ? "view fun" : "fun") + (generics.isEmpty ? "" : "<\(generics)>")
            + "(\(parameters)): \(returnType)"
    }
}

extension CadenceAuthorization {
    fileprivate var prefix: String {
        switch self {
        case .unauthorized: ""
        case .map(let name): "auth(mapping \(name)) "
        case .conjunction(let names): "auth(\(names.joined(separator: ", "))) "
        case .disjunction(let names): "auth(\(names.joined(separator: " | "))) "
        }
    }
}
