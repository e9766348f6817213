/// Reads an object whose members are all known and of the right kind; anything else is a bad request.
struct StrictObject {
    private let members: [MockJSON.Member]

    init(_ json: MockJSON, named name: String, allowing names: Set<String>) throws(NodeFailure) {
        guard let members = json.members else { throw .bad("Request body \(name) must be an object") }
        for member in members where !names.contains(member.name) {
            throw .bad("Request body contains unknown field \"\(member.name)\"")
        }
        self.members = members
    }

    private subscript(name: String) -> MockJSON? {
        let value = members.first { $0.name == name }?.value
        return value == .null ? nil : value
    }

    func text(_ name: String) throws(NodeFailure) -> String {
        guard let value = self[name] else { throw .bad("\(name): is required") }
        guard let text = value.text else {
            throw .bad("Request body contains an invalid value for the field \"\(name)\"")
        }
        return text
    }

    /// A 64-bit number, which the interface writes as a decimal string.
    func number<Number: FixedWidthInteger>(_ name: String, as type: Number.Type = Number.self) throws(NodeFailure)
        -> Number
    {
        let text = try text(name)
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Number(text)
        else {
            throw .bad("\(name): value must be an unsigned \(Number.bitWidth) bit integer")
        }
        return number
    }

    func bytes(_ name: String) throws(NodeFailure) -> [UInt8] {
        guard let bytes = Base64.decode(try text(name)) else { throw .bad("\(name): invalid base64 encoding") }
        return bytes
    }

    func optionalBytes(_ name: String) throws(NodeFailure) -> [UInt8] { self[name] == nil ? [] : try bytes(name) }

    func address(_ name: String) throws(NodeFailure) -> MockAddress {
        guard let address = MockAddress(try text(name)) else { throw .bad("\(name): invalid address") }
        return address
    }

    func list(_ name: String, isRequired: Bool = true) throws(NodeFailure) -> [MockJSON] {
        guard let value = self[name] else {
            if isRequired { throw .bad("\(name): is required") }
            return []
        }
        guard let elements = value.elements else {
            throw .bad("Request body contains an invalid value for the field \"\(name)\"")
        }
        return elements
    }

    func object(_ name: String) throws(NodeFailure) -> MockJSON {
        guard let value = self[name] else { throw .bad("\(name): is required") }
        return value
    }
}
