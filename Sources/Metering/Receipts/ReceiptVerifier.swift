/// Checks receipts with nothing but files: the receipt, the price books, and the operator's public keys.
public struct ReceiptVerifier: Sendable {
    /// The operator's public keys.
    public let keys: OperatorPublicKeys
    /// The price books at hand, by hash.
    public let priceBooks: [PriceBookHash: PriceBook]

    /// Creates a verifier.
    public init(keys: OperatorPublicKeys, priceBooks: [PriceBook]) {
        self.keys = keys
        self.priceBooks = Dictionary(priceBooks.map { ($0.hash, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Checks a receipt in text form.
    ///
    /// - Returns: All that is wrong with it; nothing when it is good.
    public func findings(in text: String) -> [ReceiptFinding] {
        do { return findings(in: try SignedReceipt(text: text)) } catch { return [.malformed(error.message)] }
    }

    /// Checks a receipt: signature, key, price book and charge.
    ///
    /// - Returns: All that is wrong with it; nothing when it is good.
    public func findings(in receipt: SignedReceipt) -> [ReceiptFinding] {
        signatureFindings(in: receipt) + priceFindings(in: receipt.stored.event)
    }

    private func signatureFindings(in receipt: SignedReceipt) -> [ReceiptFinding] {
        guard let key = keys[receipt.key] else { return [.unknownKey(receipt.key)] }
        guard key.isValid(receipt.signature, of: receipt.bytes, as: .receipt) else { return [.wrongSignature] }
        // Usage may be imported long after it happened, so a receipt may well be older than the key that signed it.
        if let end = key.notAfter, receipt.stored.event.time >= end { return [.keyExpired(receipt.key)] }
        return []
    }

    /// Checks the charge of an event: Σ quantity × price with the price book that it names.
    public func priceFindings(in event: UsageEvent) -> [ReceiptFinding] {
        guard let book = priceBooks[event.priceBook] else { return [.unknownPriceBook(event.priceBook)] }
        switch (event.charge, Rating.charge(for: event.lines, book: book)) {
        case (.priced(let charged), .priced(let due)):
            if charged > due { return [.overcharged(charged: charged, due: due)] }
            return charged < due ? [.undercharged(charged: charged, due: due)] : []
        case (.priced(let charged), .unpriced):
            // What has no price in the book that the receipt names may not be charged.
            let priced = event.lines.filter { book.prices[$0.sku] != nil }
            guard case .priced(let due) = Rating.charge(for: priced, book: book) else { return [] }
            return charged > due ? [.overcharged(charged: charged, due: due)] : []
        case (.unpriced, .priced(let due)): return [.pricedAsUnpriced(due: due)]
        case (.unpriced, .unpriced): return []
        }
    }
}
