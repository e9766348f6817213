/// Money that a provider gives back, with the reason.
public struct CreditNote: Sendable, Hashable {
    /// Its idempotency key; an audit derives it from the evidence.
    public var reference: TransferReference
    /// Whom it is given to.
    public var subscription: SubscriptionID
    /// How much; more than zero.
    public var amount: PicoUSD
    /// Why, in words: 1–500 characters.
    public var reason: String
    /// SHA3-256 of the proof that justifies it; all zeros when there is none.
    public var evidence: Digest32

    /// Creates a credit note.
    public init(
        reference: TransferReference, subscription: SubscriptionID, amount: PicoUSD, reason: String,
        evidence: Digest32 = .zero
    ) {
        self.reference = reference
        self.subscription = subscription
        self.amount = amount
        self.reason = reason
        self.evidence = evidence
    }

    /// Checks what every ledger relies on.
    ///
    /// - Throws: `invalidInput`.
    func validate() throws(MeteringError) {
        guard (1...500).contains(reason.unicodeScalars.count) else {
            throw MeteringError(.invalidInput, "a credit note says why it is given, in 1–500 characters")
        }
    }
}
