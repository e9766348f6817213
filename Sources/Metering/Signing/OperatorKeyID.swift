/// The id of an operator's key: the first 8 bytes of SHA-256 of the public key, as 16 hexadecimal digits.
public struct OperatorKeyID: Sendable, Hashable, CustomStringConvertible {
    /// 16 lower-case hexadecimal digits.
    public let description: String

    init(publicKey: [UInt8]) { description = String(Digest32.sha2(publicKey).description.prefix(16)) }

    /// Checks text from outside.
    ///
    /// - Throws: `invalidInput`.
    public init(validating text: some StringProtocol) throws(MeteringError) {
        let isHexadecimal = text.utf8.allSatisfy { $0.isDigit || ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "f")) }
        guard isHexadecimal, text.utf8.count == 16 else {
            throw MeteringError(
                .invalidInput, "not the id of an operator key: \(quoted(text)); it has 16 lower-case hexadecimal digits"
            )
        }
        description = String(text)
    }
}
