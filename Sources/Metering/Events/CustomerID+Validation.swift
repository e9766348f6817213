extension CustomerID {
    /// Checks text from outside: 1–64 characters of `[A-Za-z0-9_.@-]`.
    ///
    /// - Throws: `invalidInput`.
    public init(validating text: some StringProtocol) throws(MeteringError) {
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(Self.isPlain) else {
            throw MeteringError(
                .invalidInput,
                "not a customer id: \(quoted(text)); use 1–64 letters, digits, and the characters _ . @ -")
        }
        self.init(rawValue: String(text))
    }

    /// Whether the id passes ``init(validating:)``.
    var isWellFormed: Bool { (1...64).contains(rawValue.utf8.count) && rawValue.allBytes(Self.isPlain) }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte.isLetter || byte.isDigit || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "-")
    }
}
