/// Something that is wrong with a receipt.
public enum ReceiptFinding: Sendable, Hashable, CustomStringConvertible {
    /// The text is not a signed receipt in canonical form.
    case malformed(String)
    /// The signing key is not among the operator's public keys.
    case unknownKey(OperatorKeyID)
    /// The event is dated when the key had stopped signing.
    case keyExpired(OperatorKeyID)
    /// The signature is not the key's for these bytes.
    case wrongSignature
    /// The price book that the receipt names is not at hand, so the charge cannot be checked.
    case unknownPriceBook(PriceBookHash)
    /// More was charged than quantity × price; `due` is what the named book asks for.
    case overcharged(charged: PicoUSD, due: PicoUSD)
    /// Less was charged than quantity × price.
    case undercharged(charged: PicoUSD, due: PicoUSD)
    /// The receipt says that a price is missing, but the named book has them all.
    case pricedAsUnpriced(due: PicoUSD)

    /// The finding in words.
    public var description: String {
        switch self {
        case .malformed(let reason): reason
        case .unknownKey(let id): "signed with the key \(id), which is not among the operator's public keys"
        case .keyExpired(let id): "dated when the key \(id) had stopped signing"
        case .wrongSignature: "the signature does not fit the receipt"
        case .unknownPriceBook(let hash): "rated with the price book \(hash), which is not at hand"
        case .overcharged(let charged, let due): "charged \(charged) USD, but its lines cost \(due) USD"
        case .undercharged(let charged, let due): "charged \(charged) USD, although its lines cost \(due) USD"
        case .pricedAsUnpriced(let due): "not priced, although the price book has all prices: \(due) USD"
        }
    }
}
