/// The error of the `ChainPrimitives` module: bytes or text that are not what they should be.
public struct ChainPrimitivesError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of error it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        enum Kind: String, Sendable { case malformedHex, malformedRLP, invalidKey, invalidSignature }
        let kind: Kind

        /// The text is not hexadecimal, or not of the right length.
        public static let malformedHex = Code(kind: .malformedHex)
        /// The bytes are not canonical RLP, or not of the expected shape.
        public static let malformedRLP = Code(kind: .malformedRLP)
        /// The bytes are no key of the curve.
        public static let invalidKey = Code(kind: .invalidKey)
        /// The bytes are no signature, or no key can be recovered from them.
        public static let invalidSignature = Code(kind: .invalidSignature)

        /// The code's stable name.
        public var description: String { kind.rawValue }
    }

    /// What kind of error it is.
    public var code: Code
    /// What happened and what is expected instead.
    ///
    /// It never holds key material.
    public var message: String
    /// Where in the input it happened: a byte offset, when known.
    public var offset: Int?

    /// Creates an error.
    public init(_ code: Code, _ message: String, offset: Int? = nil) {
        self.code = code
        self.message = message
        self.offset = offset
    }

    /// The code, the message and the place.
    public var description: String {
        if let offset { return "\(code): \(message) (at byte \(offset))" }
        return "\(code): \(message)"
    }
}
