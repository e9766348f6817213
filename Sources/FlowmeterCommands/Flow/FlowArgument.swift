internal import Flow

/// Arguments of scripts and transactions on the command line.
enum FlowArgument {
    /// Reads `Type:value` for the simple types, or JSON-Cadence for every type.
    static func value(_ text: String) throws(CommandError) -> CadenceValue {
        do throws(FlowError) {
            if text.hasPrefix("{") { return try CadenceValue(json: text) }
            guard let colon = text.firstIndex(of: ":") else {
                throw FlowError(.invalidInput, "the argument '\(text)' does not say its type")
            }
            let (type, content) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
            return try value(type, content)
        } catch {
            throw CommandError(
                error.message, fix: #"write Type:value, as UFix64:1.5, or JSON as {"type":"Int","value":"1"}"#,
                status: .usage)
        }
    }

    private static func value(_ type: String, _ content: String) throws(FlowError) -> CadenceValue {
        if type.hasSuffix("?") {
            return .optional(content == "nil" ? nil : try value(String(type.dropLast()), content))
        }
        switch type {
        case "String": return .string(content)
        case "Bool":
            guard content == "true" || content == "false" else {
                throw FlowError(.invalidInput, "Bool:\(content) is neither true nor false")
            }
            return .bool(content == "true")
        case "Address": return .address(try FlowAddress(content))
        case "Path":
            let parts = content.split(separator: "/")
            guard parts.count == 2, let domain = CadencePath.Domain(rawValue: String(parts[0])) else {
                throw FlowError(.invalidInput, "a path is written /storage/name or /public/name")
            }
            return .path(CadencePath(domain, String(parts[1])))
        default:
            // Numbers and characters: their JSON form is their text.
            return try CadenceValue(json: #"{"type":"\#(escaped(type))","value":"\#(escaped(content))"}"#)
        }
    }

    private static func escaped(_ text: String) -> String {
        text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    }
}
