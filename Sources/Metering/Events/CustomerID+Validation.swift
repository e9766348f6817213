extension CustomerID {
    /// Checks text from outside: 1–64 characters of `[A-Za-z0-9_.@-]`.
    ///
    /// - Throws: `invalidInput`.
    public init(validating text: some StringProtocol) throws(MeteringError) {
        let utf8 = text.utf8
        let isWellFormed = utf8.allSatisfy { byte in
            byte.isLetter || byte.isDigit || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
                || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "-")
        }
        guard isWellFormed, (1...64).contains(utf8.count) else {
            throw MeteringError(
                .invalidInput,
                "not a customer id: \(quoted(text)); use 1–64 letters, digits, and the characters _ . @ -")
        }
        self.init(rawValue: String(text))
    }
}
