internal import FoundationEssentials

/// The assignments of a `.env` file.
///
/// Beside `NAME=value` it reads what people write there: comments, `export NAME=value`, and quoted values. The parser
/// of swift-configuration keeps quotes as part of the value, and a quoted key is then refused by the API with a
/// puzzling 401.
struct DotEnvFile: Sendable, Hashable {
    /// The assigned values by name; the last assignment of a name wins.
    var values: [String: String] = [:]

    /// Reads the file at `path`; a file that does not exist assigns nothing.
    static func read(path: String) throws(CommandError) -> DotEnvFile {
        guard FileManager.default.fileExists(atPath: path) else { return DotEnvFile() }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandError("cannot read \(path)", fix: "make it readable, or run in another directory")
        }
        return try DotEnvFile(text: String(decoding: data, as: UTF8.self), path: path)
    }

    /// No assignments.
    init() {}

    /// Parses the text of a file.
    ///
    /// `path` is named in errors; values never are, since they may be secrets.
    init(text: String, path: String) throws(CommandError) {
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            var content = line.trimmed
            if content.isEmpty || content.hasPrefix("#") { continue }
            if content.hasPrefix("export ") { content = content.dropFirst("export ".count).trimmed }
            guard let equals = content.firstIndex(of: "=") else {
                throw CommandError(
                    "\(path):\(index + 1) is not an assignment", fix: "write NAME=value, or # before a comment",
                    status: .usage)
            }
            let name = content[..<equals].trimmed
            guard Self.isName(name) else {
                throw CommandError(
                    "\(path):\(index + 1) has no valid name before =",
                    fix: "write NAME=value with letters, digits and _",
                    status: .usage)
            }
            guard let value = Self.value(content[content.index(after: equals)...].trimmed) else {
                throw CommandError(
                    "\(path):\(index + 1) has a quote that is not closed", fix: "close the quote of \(name)",
                    status: .usage)
            }
            values[String(name)] = value
        }
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    /// The value without quotes and trailing comment; `nil` when a quote is not closed.
    private static func value(_ text: Substring) -> String? {
        guard let quote = text.first, quote == "\"" || quote == "'" else {
            // A comment needs a space before its #, as a # may be part of a password.
            if let comment = text.firstRange(of: " #") { return String(text[..<comment.lowerBound].trimmed) }
            return String(text)
        }
        let rest = text.dropFirst()
        guard let end = rest.firstIndex(of: quote) else { return nil }
        return String(rest[..<end])
    }
}

extension StringProtocol {
    /// The text without white space at its ends.
    var trimmed: SubSequence {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
        while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        return rest
    }
}
