/// Checks JSON-Cadence as the node's decoder does (cadence-lang.org `docs/json-cadence-spec.md`).
enum CadenceJSON {
    private struct Problem: Error { var message: String }

    /// What is wrong with an argument; `nil` when nothing is.
    static func problem(in bytes: [UInt8]) -> String? {
        do {
            try check(try MockJSONParser.parse(bytes))
            return nil
        } catch let problem as Problem {
            return problem.message
        } catch let failure as MockJSONParser.Failure {
            return "\(failure.message) at byte \(failure.offset)"
        } catch {
            return "\(error)"
        }
    }

    private static func check(_ json: MockJSON) throws {
        guard let members = json.members, let type = json["type"]?.text else {
            throw Problem(message: "expected an object with a type")
        }
        if type == "Void" {
            guard members.count == 1 else { throw Problem(message: "Void has no value") }
            return
        }
        guard members.count == 2, let value = json["value"] else {
            throw Problem(message: "expected exactly `type` and `value` of \(type)")
        }
        try check(value, of: type)
    }

    private static func check(_ value: MockJSON, of type: String) throws {
        switch type {
        case "Optional": if value != .null { try check(value) }
        case "Bool": if value.bool == nil { throw wrong(type) }
        case "String": if value.text == nil { throw wrong(type) }
        case "Character": guard value.text?.count == 1 else { throw wrong(type) }
        case "Address": try address(value)
        case "Fix64", "UFix64": try fixedPoint(value, type, digits: 8)
        case "Fix128", "UFix128": try fixedPoint(value, type, digits: 24)
        case "Array":
            guard let elements = value.elements else { throw wrong(type) }
            for element in elements { try check(element) }
        case "Dictionary": try dictionary(value)
        case "Struct", "Resource", "Event", "Contract", "Enum": try composite(value, type)
        case "Path":
            let domains = ["storage", "private", "public"]
            guard value.members?.count == 2, let domain = value["domain"]?.text, domains.contains(domain),
                value["identifier"]?.text != nil
            else { throw wrong(type) }
        case "Type": guard value.members?.count == 1, value["staticType"] != nil else { throw wrong(type) }
        case "InclusiveRange":
            guard value.members?.count == 3, let start = value["start"], let end = value["end"],
                let step = value["step"]
            else { throw wrong(type) }
            for bound in [start, end, step] { try check(bound) }
        case "Capability":
            guard value.members?.count == 3, let id = value["id"]?.text, UInt64(id) != nil,
                let holder = value["address"], value["borrowType"] != nil
            else { throw wrong(type) }
            try address(holder)
        default:
            guard let range = CadenceInteger(type: type) else {
                throw Problem(message: "a value of type \(type) cannot be an argument")
            }
            guard let text = value.text, range.contains(text) else { throw wrong(type) }
        }
    }

    private static func wrong(_ type: String) -> Problem { Problem(message: "invalid value of \(type)") }

    private static func address(_ value: MockJSON) throws {
        guard let text = value.text, text.hasPrefix("0x") else {
            throw Problem(message: "invalid address prefix: expected 0x, got \(value.text?.prefix(2) ?? "none")")
        }
        let digits = text.dropFirst(2)
        guard (1...16).contains(digits.count), digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            throw Problem(message: "invalid address: \(text)")
        }
    }

    private static func dictionary(_ value: MockJSON) throws {
        guard let pairs = value.elements else { throw wrong("Dictionary") }
        for pair in pairs {
            guard pair.members?.count == 2, let key = pair["key"], let value = pair["value"] else {
                throw wrong("Dictionary")
            }
            try check(key)
            try check(value)
        }
    }

    private static func composite(_ value: MockJSON, _ type: String) throws {
        guard value.members?.count == 2, value["id"]?.text != nil, let fields = value["fields"]?.elements else {
            throw wrong(type)
        }
        for field in fields {
            guard field.members?.count == 2, field["name"]?.text != nil, let value = field["value"] else {
                throw wrong(type)
            }
            try check(value)
        }
    }

    /// cadence `fixedpoint/parse.go`: one point, both parts there, no sign in the fraction, and in range.
    private static func fixedPoint(_ value: MockJSON, _ type: String, digits: Int) throws {
        guard let text = value.text else { throw wrong(type) }
        let isSigned = type.hasPrefix("F")
        let isNegative = text.hasPrefix("-")
        let unsigned = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let parts = unsigned.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }) else {
            throw wrong(type)
        }
        guard isSigned || !isNegative else { throw Problem(message: "invalid negative integer part") }
        guard parts[1].count <= digits else { throw Problem(message: "invalid scale") }
        let scaled = String(parts[0]) + parts[1] + String(repeating: "0", count: digits - parts[1].count)
        let backing = (isSigned ? "Int" : "UInt") + (digits == 8 ? "64" : "128")
        let range = CadenceInteger(type: backing)
        guard range?.contains((isNegative ? "-" : "") + scaled) == true else { throw wrong(type) }
    }
}
