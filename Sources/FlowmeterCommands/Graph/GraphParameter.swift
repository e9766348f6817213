internal import Bolt
internal import FoundationEssentials

/// A parameter of a query, as the command line gives it: JSON, or else text as it is.
indirect enum GraphParameter: Sendable, Hashable, Decodable {
    case null
    case bool(Bool)
    case integer(Int64)
    case float(Double)
    case text(String)
    case list([GraphParameter])
    case map([String: GraphParameter])

    /// Reads the value of `name=value`.
    ///
    /// `7`, `true`, `null`, `[1, 2]`, `{"a": 1}` and `"7"` are JSON; anything that is not JSON is text.
    init(text: String) {
        do { self = try JSONDecoder().decode(GraphParameter.self, from: Data(text.utf8)) } catch { self = .text(text) }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
            return
        }
        let readers: [() throws -> GraphParameter] = [
            { .bool(try container.decode(Bool.self)) }, { .integer(try container.decode(Int64.self)) },
            { .float(try container.decode(Double.self)) }, { .text(try container.decode(String.self)) },
            { .list(try container.decode([GraphParameter].self)) },
        ]
        for read in readers {
            do {
                self = try read()
                return
            } catch {
                // lint: dropped. It is of another type; the last one's error is thrown.
            }
        }
        self = .map(try container.decode([String: GraphParameter].self))
    }

    /// Parameters by name, from `name=value` texts.
    static func parse(_ texts: [String]) throws(CommandError) -> [String: GraphParameter] {
        var parameters: [String: GraphParameter] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = parts.first, !name.isEmpty else {
                throw CommandError("--param '\(text)' is not NAME=VALUE", fix: "write --param days=7", status: .usage)
            }
            let key = String(name.first == "$" ? name.dropFirst() : name)
            guard parameters.updateValue(GraphParameter(text: String(parts[1])), forKey: key) == nil else {
                throw CommandError("--param \(key) is there twice", fix: "leave one out", status: .usage)
            }
        }
        return parameters
    }
}

extension GraphParameter: BoltEncodable {
    func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        switch self {
        case .null: writer.writeNull()
        case .bool(let bool): writer.write(bool)
        case .integer(let integer): writer.write(integer)
        case .float(let double): writer.write(double)
        case .text(let text): try writer.write(text)
        case .list(let items):
            try writer.writeListHeader(count: items.count)
            for item in items { try item.encode(to: &writer) }
        case .map(let pairs):
            try writer.writeMapHeader(count: pairs.count)
            for (key, value) in pairs { try writer.write(key: key, value) }
        }
    }
}
