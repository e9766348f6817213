internal import BigInt

/// Writes JSON-Cadence, members in the order in which the node's encoder writes them.
struct CadenceWriter {
    private(set) var bytes: [UInt8] = []

    mutating func value(_ value: CadenceValue) throws(FlowError) {
        if case .void = value {
            raw(#"{"type":"Void"}"#)
            return
        }
        raw(#"{"value":"#)
        try content(value)
        raw(#","type":""#)
        bytes.append(contentsOf: value.typeName.utf8)
        raw(#""}"#)
    }

    private mutating func content(_ value: CadenceValue) throws(FlowError) {
        switch value {
        case .void: break
        case .optional(let value):
            if let value { try self.value(value) } else { raw("null") }
        case .bool(let value): raw(value ? "true" : "false")
        case .string(let text): JSONText.write(text, to: &bytes)
        case .character(let character): JSONText.write(String(character), to: &bytes)
        case .address(let address): quoted(address.description)
        case .fix64(let number): quoted(number.description)
        case .ufix64(let number): quoted(number.description)
        case .fix128(let number): quoted(number.description)
        case .ufix128(let number): quoted(number.description)
        case .array(let elements):
            try list(elements) { (writer, element) throws(FlowError) in try writer.value(element) }
        case .dictionary(let entries):
            try list(entries) { (writer, entry) throws(FlowError) in
                writer.raw(#"{"key":"#)
                try writer.value(entry.key)
                writer.raw(#","value":"#)
                try writer.value(entry.value)
                writer.raw("}")
            }
        case .composite(let composite): try self.composite(composite)
        case .path(let path):
            raw(#"{"domain":""#)
            raw(path.domain.rawValue)
            raw(#"","identifier":"#)
            JSONText.write(path.identifier, to: &bytes)
            raw("}")
        case .type(let type):
            raw(#"{"staticType":"#)
            if let type { self.type(type) } else { raw(#""""#) }
            raw("}")
        case .inclusiveRange(let range): try self.range(range)
        case .capability(let capability):
            raw(#"{"borrowType":"#)
            type(capability.borrowType)
            raw(#","address":"#)
            quoted(capability.address.description)
            raw(#","id":"#)
            quoted(String(capability.id))
            raw("}")
        case .function(let type):
            raw(#"{"functionType":"#)
            self.type(type)
            raw("}")
        default: try integer(value)
        }
    }

    private func isInRange(_ value: CadenceValue) -> Bool {
        switch value {
        case .int256(let number): CadenceLimits.int256.contains(number)
        case .uint256(let number), .word256(let number): number <= CadenceLimits.uint256
        default: true
        }
    }

    private mutating func integer(_ value: CadenceValue) throws(FlowError) {
        guard isInRange(value), let text = value.integerText else {
            throw FlowError(.malformedValue, "the integer does not fit \(value.typeName)")
        }
        quoted(text)
    }

    private mutating func composite(_ composite: CadenceComposite) throws(FlowError) {
        raw(#"{"id":"#)
        JSONText.write(composite.typeID, to: &bytes)
        raw(#","fields":"#)
        try list(composite.fields) { (writer, field) throws(FlowError) in
            writer.raw(#"{"value":"#)
            try writer.value(field.value)
            writer.raw(#","name":"#)
            JSONText.write(field.name, to: &writer.bytes)
            writer.raw("}")
        }
        raw("}")
    }

    private mutating func range(_ range: CadenceInclusiveRange) throws(FlowError) {
        raw(#"{"start":"#)
        try value(range.start)
        raw(#","end":"#)
        try value(range.end)
        raw(#","step":"#)
        try value(range.step)
        raw("}")
    }

    // MARK: Types

    mutating func type(_ type: CadenceType) {
        switch type {
        case .simple(let name): kind(name)
        case .optional(let type): wrapped("Optional", type)
        case .variableSizedArray(let type): wrapped("VariableSizedArray", type)
        case .constantSizedArray(let type, let size):
            wrapped("ConstantSizedArray", type, rest: #","size":\#(size)"#)
        case .dictionary(let key, let value):
            kind("Dictionary", isClosed: false)
            raw(#","key":"#)
            self.type(key)
            raw(#","value":"#)
            self.type(value)
            raw("}")
        case .inclusiveRange(let element):
            kind("InclusiveRange", isClosed: false)
            raw(#","element":"#)
            self.type(element)
            raw("}")
        case .capability(let type):
            if let type { wrapped("Capability", type) } else { raw(#"{"kind":"Capability","type":""}"#) }
        case .reference(let type, let authorization):
            kind("Reference", isClosed: false)
            raw(#","type":"#)
            self.type(type)
            raw(#","authorization":"#)
            self.authorization(authorization)
            raw("}")
        case .intersection(let typeID, let types):
            kind("Intersection", isClosed: false)
            text("typeID", typeID)
            raw(#","types":"#)
            list(types) { (writer, type) in writer.type(type) }
            raw("}")
        case .composite(let composite): self.composite(composite)
        case .function(let function): self.function(function)
        case .repeated(let typeID): JSONText.write(typeID, to: &bytes)
        }
    }

    private mutating func composite(_ composite: CadenceCompositeType) {
        kind(composite.kind.rawValue, isClosed: false)
        raw(#","type":"#)
        if let base = composite.baseType { type(base) } else { raw(#""""#) }
        text("typeID", composite.typeID)
        raw(#","fields":"#)
        list(composite.fields) { (writer, field) in
            writer.raw(#"{"type":"#)
            writer.type(field.type)
            writer.text("id", field.name)
            writer.raw("}")
        }
        raw(#","initializers":"#)
        list(composite.initializers) { (writer, parameters) in writer.parameters(parameters) }
        raw("}")
    }

    private mutating func parameters(_ parameters: [CadenceParameter]) {
        list(parameters) { (writer, parameter) in
            writer.raw(#"{"type":"#)
            writer.type(parameter.type)
            writer.text("label", parameter.label)
            writer.text("id", parameter.name)
            writer.raw("}")
        }
    }

    private mutating func function(_ function: CadenceFunctionType) {
        kind("Function", isClosed: false)
        text("typeID", function.typeID)
        raw(#","return":"#)
        type(function.returnType)
        text("purity", function.isView ? "view" : "")
        raw(#","typeParameters":"#)
        list(function.typeParameters) { (writer, parameter) in
            writer.raw(#"{"name":"#)
            JSONText.write(parameter.name, to: &writer.bytes)
            writer.raw(#","typeBound":"#)
            if let bound = parameter.bound { writer.type(bound) } else { writer.raw("null") }
            writer.raw("}")
        }
        raw(#","parameters":"#)
        parameters(function.parameters)
        raw("}")
    }

    private mutating func authorization(_ authorization: CadenceAuthorization) {
        switch authorization {
        case .unauthorized: raw(#"{"kind":"Unauthorized","entitlements":null}"#)
        case .map(let name): entitlements("EntitlementMapAuthorization", "EntitlementMap", [name])
        case .conjunction(let names): entitlements("EntitlementConjunctionSet", "Entitlement", names)
        case .disjunction(let names): entitlements("EntitlementDisjunctionSet", "Entitlement", names)
        }
    }

    private mutating func entitlements(_ name: StaticString, _ element: StaticString, _ names: [String]) {
        raw(#"{"kind":""#)
        raw(name.description)
        raw(#"","entitlements":"#)
        list(names) { (writer, name) in
            writer.raw(#"{"kind":""#)
            writer.raw(element.description)
            writer.raw(#"""#)
            writer.text("typeID", name)
            writer.raw(#","type":null,"fields":null,"initializers":null}"#)
        }
        raw("}")
    }

    // MARK: Pieces

    private mutating func wrapped(_ name: StaticString, _ type: CadenceType, rest: String = "") {
        kind(name.description, isClosed: false)
        raw(#","type":"#)
        self.type(type)
        raw(rest)
        raw("}")
    }

    private mutating func kind(_ name: String, isClosed: Bool = true) {
        raw(#"{"kind":"#)
        JSONText.write(name, to: &bytes)
        if isClosed { raw("}") }
    }

    private mutating func text(_ name: StaticString, _ text: String) {
        raw(",\"")
        raw(name.description)
        raw("\":")
        JSONText.write(text, to: &bytes)
    }

    private mutating func list<Element, Failure: Error>(
        _ elements: [Element], _ write: (inout CadenceWriter, Element) throws(Failure) -> Void
    ) throws(Failure) {
        raw("[")
        for (index, element) in elements.enumerated() {
            if index > 0 { raw(",") }
            try write(&self, element)
        }
        raw("]")
    }

    private mutating func quoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
