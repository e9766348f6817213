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
        case "Character":
            guard let character = content.first, content.count == 1 else {
                throw FlowError(.invalidInput, "'\(content)' is not one character")
            }
            return .character(character)
        default:
            // Numbers: their JSON form is their text.
            let isPlain = (type + content).utf8.allSatisfy {
                $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
            }
            guard isPlain else { throw FlowError(.invalidInput, "'\(content)' is no \(type)") }
            do throws(FlowError) { return try CadenceValue(json: #"{"type":"\#(type)","value":"\#(content)"}"#) } catch
            {
                // The path to a place in that text says nothing to whoever wrote the argument.
                let reason = error.message.hasPrefix("value: ") ? error.message.dropFirst(7) : error.message[...]
                throw FlowError(.invalidInput, "the argument '\(type):\(content)': \(reason)")
            }
        }
    }
}
