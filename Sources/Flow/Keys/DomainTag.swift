/// What a signature is for; it is part of what is signed, so that no signature serves two ends.
public struct DomainTag: Sendable, Hashable {
    /// The tag's text, padded with zeros to 32 bytes; no bytes at all for ``none``.
    public let bytes: [UInt8]

    /// Transactions.
    public static let transaction = DomainTag(padded: "FLOW-V0.0-transaction")
    /// Messages that users sign in wallets, checked by contracts or servers.
    public static let user = DomainTag(padded: "FLOW-V0.0-user")
    /// Proofs that a user holds an account.
    public static let accountProof = DomainTag(padded: "FCL-ACCOUNT-PROOF-V0.0")
    /// No tag: the message is signed as it is.
    public static let none = DomainTag(padded: "")

    /// Creates a tag of a contract's own.
    public init(_ text: String) throws(FlowError) {
        guard text.utf8.count <= 32 else {
            throw FlowError(.invalidInput, "a domain tag has at most 32 bytes, not \(text.utf8.count)")
        }
        self.init(padded: text)
    }

    private init(padded text: String) {
        bytes = text.isEmpty ? [] : Array(text.utf8) + [UInt8](repeating: 0, count: max(0, 32 - text.utf8.count))
    }
}
