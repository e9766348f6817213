/// Reads JSON-Cadence's descriptions of types.
enum CadenceTypeReader {
    static func type(_ node: JSONNode) throws(FlowError) -> CadenceType {
        if node.kind == .string {
            let id = try node.string()
            guard !id.isEmpty else { throw CadenceReader.error("a type is missing", node) }
            return .repeated(typeID: id)
        }
        let kind = try node["kind"].string()
        switch kind {
        case "Optional": return .optional(try element(node))
        case "VariableSizedArray": return .variableSizedArray(try element(node))
        case "ConstantSizedArray":
            try CadenceReader.check(node, members: 3)
            let size = try node["size"]
            guard let count = UInt64(try size.numberText()) else {
                throw CadenceReader.error("a size is a whole number", size)
            }
            return .constantSizedArray(try type(node["type"]), size: count)
        case "Dictionary":
            try CadenceReader.check(node, members: 3)
            return .dictionary(key: try type(node["key"]), value: try type(node["value"]))
        case "InclusiveRange":
            try CadenceReader.check(node, members: 2)
            return .inclusiveRange(try type(node["element"]))
        case "Capability":
            try CadenceReader.check(node, members: 2)
            let borrowed = try node["type"]
            return .capability(borrowed.isString("") || borrowed.isNull ? nil : try type(borrowed))
        case "Reference":
            try CadenceReader.check(node, members: 3)
            return .reference(try type(node["type"]), try authorization(node["authorization"]))
        case "Intersection":
            try CadenceReader.check(node, members: 3)
            let types = try node["types"].elements { (node) throws(FlowError) in try type(node) }
            return .intersection(typeID: try node["typeID"].string(), types)
        case "Function": return .function(try function(node))
        default:
            if let kind = CadenceCompositeType.Kind(rawValue: kind) { return .composite(try composite(kind, node)) }
            try CadenceReader.check(node, members: 1)
            guard !kind.isEmpty, kind.utf8.allSatisfy(isNameByte) else {
                throw CadenceReader.error("unknown kind of type", node)
            }
            return .simple(kind)
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte &- UInt8(ascii: "0") < 10
            || (byte | 0x20) &- UInt8(ascii: "a") < 26
    }

    private static func element(_ node: JSONNode) throws(FlowError) -> CadenceType {
        try CadenceReader.check(node, members: 2)
        return try type(node["type"])
    }

    private static func composite(
        _ kind: CadenceCompositeType.Kind, _ node: JSONNode
    ) throws(FlowError) -> CadenceCompositeType {
        try CadenceReader.check(node, members: 5)
        let fields = try node["fields"].elements { (field) throws(FlowError) in
            try CadenceReader.check(field, members: 2)
            return CadenceCompositeType.Field(try field["id"].string(), try type(field["type"]))
        }
        let initializers = try node["initializers"].elements { (node) throws(FlowError) in try parameters(node) }
        let base = try node["type"]
        return CadenceCompositeType(
            kind, try node["typeID"].string(), fields: fields, initializers: initializers,
            baseType: base.isString("") ? nil : try type(base))
    }

    private static func parameters(_ node: JSONNode) throws(FlowError) -> [CadenceParameter] {
        try node.elements { (node) throws(FlowError) in
            try CadenceReader.check(node, members: 3)
            return CadenceParameter(
                label: try node["label"].string(), name: try node["id"].string(), type: try type(node["type"]))
        }
    }

    private static func function(_ node: JSONNode) throws(FlowError) -> CadenceFunctionType {
        try node.forEachMember { (key, _) throws(FlowError) in
            switch try key.string() {
            case "kind", "typeID", "parameters", "return", "purity", "typeParameters": break
            default: throw CadenceReader.error("unknown member of a function type", key)
            }
        }
        let purity = try node.member("purity")?.string() ?? ""
        guard purity.isEmpty || purity == "view" else { throw CadenceReader.error("unknown purity", node) }
        // Older texts leave the id or the type parameters out.
        let typeParameters = try node.optional("typeParameters")?.elements { (node) throws(FlowError) in
            try typeParameter(node)
        }
        return CadenceFunctionType(
            typeID: try node.member("typeID")?.string() ?? "", isView: purity == "view",
            typeParameters: typeParameters ?? [],
            parameters: try parameters(node["parameters"]), returnType: try type(node["return"]))
    }

    private static func typeParameter(_ node: JSONNode) throws(FlowError) -> CadenceFunctionType.TypeParameter {
        let bound = try node.optional("typeBound")
        try CadenceReader.check(node, members: try node.member("typeBound") == nil ? 1 : 2)
        return CadenceFunctionType.TypeParameter(
            try node["name"].string(), bound: try bound.map { (node) throws(FlowError) in try type(node) })
    }

    private static func authorization(_ node: JSONNode) throws(FlowError) -> CadenceAuthorization {
        try CadenceReader.check(node, members: 2)
        let kind = try node["kind"].string()
        let list = try node["entitlements"]
        if kind == "Unauthorized" {
            guard list.isNull else { throw CadenceReader.error("Unauthorized with entitlements", node) }
            return .unauthorized
        }
        let isMap = kind == "EntitlementMapAuthorization"
        let names = try list.elements { (node) throws(FlowError) in try entitlement(node, isMap: isMap) }
        switch kind {
        case "EntitlementMapAuthorization":
            guard let name = names.first, names.count == 1 else {
                throw CadenceReader.error("a map authorization has one map", node)
            }
            return .map(name)
        case "EntitlementConjunctionSet": return .conjunction(names)
        case "EntitlementDisjunctionSet": return .disjunction(names)
        default: throw CadenceReader.error("unknown kind of authorization", node)
        }
    }

    private static func entitlement(_ node: JSONNode, isMap: Bool) throws(FlowError) -> String {
        try node.forEachMember { (key, value) throws(FlowError) in
            switch try key.string() {
            case "kind", "typeID": break
            case "type", "fields",
                "initializers" where value.isNull:
                break
            default: throw CadenceReader.error("unknown member of an entitlement", key)
            }
        }
        guard try node["kind"].string() == (isMap ? "EntitlementMap" : "Entitlement") else {
            throw CadenceReader.error("unknown kind of entitlement", node)
        }
        return try node["typeID"].string()
    }
}
