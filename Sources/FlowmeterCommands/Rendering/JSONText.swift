internal import FoundationEssentials

/// JSON for programs: sorted keys, snake case, money as exact decimal text.
enum JSONText {
    /// A document on many lines, with a line feed at its end.
    static func document(_ value: some Encodable) throws(CommandError) -> String {
        try encoded(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    }

    /// A document on one line, with a line feed at its end.
    static func line(_ value: some Encodable) throws(CommandError) -> String {
        try encoded(value, [.sortedKeys, .withoutEscapingSlashes])
    }

    /// The same as ``document(_:)``, with the names of properties in snake case: `amountUSD` is `amount_usd`.
    static func snakeCase(_ value: some Encodable) throws(CommandError) -> String {
        try encoded(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes], .convertToSnakeCase)
    }

    /// The same as ``line(_:)``, with the names of properties in snake case.
    static func snakeCaseLine(_ value: some Encodable) throws(CommandError) -> String {
        try encoded(value, [.sortedKeys, .withoutEscapingSlashes], .convertToSnakeCase)
    }

    private static func encoded(
        _ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting,
        _ keys: JSONEncoder.KeyEncodingStrategy = .useDefaultKeys
    ) throws(CommandError) -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = keys
        encoder.outputFormatting = formatting
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
        } catch {
            throw CommandError("cannot write JSON: \(error)", fix: "please report this as a bug")
        }
    }
}
