/// The secret of an API key: `fm_` and 64 hexadecimal digits, 256 random bits.
///
/// It is shown to its owner once and never stored: stores hold ``hash`` alone. Printing it shows no part of it.
public struct APIKeySecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What every secret begins with.
    public static let prefix = "fm_"

    /// The secret itself: for its owner's eyes, and for nothing else.
    public let text: String

    /// Makes a new secret from the system's secure random numbers.
    public static func generate() -> APIKeySecret {
        var generator = SystemRandomNumberGenerator()
        let random = Digest32(words: (generator.next(), generator.next(), generator.next(), generator.next()))
        return APIKeySecret(text: prefix + random.description)
    }

    private init(text: String) { self.text = text }

    /// SHA-256 of the secret's text: what is stored.
    public var hash: Digest32 { Self.hash(of: text) }

    /// SHA-256 of text that a client presented as a secret, whatever it is.
    public static func hash(of presented: some StringProtocol) -> Digest32 { Digest32.sha2(Array(presented.utf8)) }

    /// Stands for the secret without giving any of it away.
    public var description: String { "\(Self.prefix)…" }
    /// Stands for the secret without giving any of it away.
    public var debugDescription: String { description }
}

extension APIKeySecret: CustomReflectable {
    /// Shows nothing of the secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
