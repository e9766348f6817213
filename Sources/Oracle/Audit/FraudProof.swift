public import Metering

/// Proof of a wrong that only the operator can have done, checked by machine from signed receipts alone.
///
/// Each kind needs the operator's own signature under both halves of a contradiction, so an operator that follows the
/// rules can never be caught: a store gives each sequence number and each event id once, and one function rates events.
public enum FraudProof: Sendable, Hashable {
    /// Two different receipts with one customer and one sequence number.
    case equivocation(SignedReceipt, SignedReceipt)
    /// A receipt that charges more than its lines cost with the price book it names.
    case overprice(SignedReceipt, due: PicoUSD)
    /// One event id, charged in two places; the second receipt is the one too many.
    case duplicate(SignedReceipt, SignedReceipt)

    /// The proof's short name, as it stands in documents.
    public var kind: String {
        switch self {
        case .equivocation: "equivocation"
        case .overprice: "overprice"
        case .duplicate: "duplicate"
        }
    }

    /// The receipts that prove it.
    public var receipts: [SignedReceipt] {
        switch self {
        case .equivocation(let first, let second), .duplicate(let first, let second): [first, second]
        case .overprice(let receipt, _): [receipt]
        }
    }

    /// The customer who was wronged.
    public var customer: CustomerID {
        switch self {
        case .equivocation(let receipt, _), .overprice(let receipt, _), .duplicate(_, let receipt):
            receipt.stored.event.customer
        }
    }

    /// The place in the customer's chain where the charge stands that has to be given back.
    var place: ReceiptPlace {
        switch self {
        case .equivocation(let receipt, _), .overprice(let receipt, _), .duplicate(_, let receipt): receipt.place
        }
    }

    /// What has to be given back.
    ///
    /// For an equivocation it is the higher of both charges: the operator has proved neither.
    public var credit: PicoUSD {
        switch self {
        case .equivocation(let first, let second): max(first.charge, second.charge)
        case .overprice(let receipt, let due): receipt.charge - due
        case .duplicate(_, let second): second.charge
        }
    }

    /// The document: canonical JSON with the receipts in text form.
    public var json: CanonicalJSON {
        .object([
            "kind": .string(kind), "receipts": .array(receipts.map { .string($0.text) }), "version": .number(1),
        ])
    }

    /// SHA3-256 over the document.
    public var hash: Digest32 { .sha3(json.bytes) }

    /// Checks the proof.
    ///
    /// - Throws: `invalidProof` when it does not prove what it says.
    public func verify(with verifier: ReceiptVerifier) throws(OracleError) {
        for receipt in receipts {
            guard let key = verifier.keys[receipt.key],
                key.isValid(receipt.signature, of: receipt.bytes, as: .receipt)
            else { throw OracleError(.invalidProof, "a receipt of the proof is not signed by the operator") }
        }
        let holds =
            switch self {
            case .equivocation(let first, let second):
                first.place == second.place && first.stored.hash != second.stored.hash
            case .overprice(let receipt, let due):
                verifier.priceFindings(in: receipt.stored.event)
                    == [.overcharged(charged: receipt.charge, due: due)]
            case .duplicate(let first, let second):
                first.stored.event.id == second.stored.event.id && first.place != second.place
            }
        guard holds else { throw OracleError(.invalidProof, "the receipts do not show the \(kind) that is claimed") }
    }

    /// The credit note that makes it good; `nil` when nothing was charged.
    ///
    /// Its reference names the place in the customer's chain, so what is wrong there is made good once, whoever reports
    /// it, and with whatever proof.
    ///
    /// - Parameter unit: The ledger's unit; the amount is rounded up to it.
    public func creditNote(for subscription: SubscriptionID, unit: PicoUSD) -> CreditNote? {
        guard credit > .zero else { return nil }
        let floor = credit.roundedDown(to: unit)
        return CreditNote(
            reference: TransferReference(rawValue: "audit:\(place.customer):\(place.sequence)"),
            subscription: subscription,
            amount: floor < credit ? floor + unit : floor, reason: description, evidence: hash)
    }
}

extension FraudProof: CustomStringConvertible {
    /// The wrong, in words.
    public var description: String {
        switch self {
        case .equivocation(let first, _):
            "two different receipts \(first.stored.sequence) of \(first.stored.event.customer) (event "
                + "\(first.stored.event.id))"
        case .overprice(let receipt, let due):
            "receipt \(receipt.stored.sequence) of \(receipt.stored.event.customer) charges \(receipt.charge) USD for "
                + "what costs \(due) USD"
        case .duplicate(let first, let second):
            "the event \(first.stored.event.id) is charged twice: as receipt \(first.stored.sequence) of "
                + "\(first.stored.event.customer) and \(second.stored.sequence) of \(second.stored.event.customer)"
        }
    }
}

extension SignedReceipt {
    /// What was charged; nothing when there is no price.
    var charge: PicoUSD { if case .priced(let charge) = stored.event.charge { charge } else { .zero } }

    /// Where the receipt stands: a place that an honest operator fills once.
    var place: ReceiptPlace { ReceiptPlace(customer: stored.event.customer, sequence: stored.sequence) }
}

/// A customer and a sequence number.
struct ReceiptPlace: Hashable, Comparable {
    var customer: CustomerID
    var sequence: Int64

    static func < (lhs: ReceiptPlace, rhs: ReceiptPlace) -> Bool {
        lhs.customer == rhs.customer
            ? lhs.sequence < rhs.sequence
            : lhs.customer.rawValue.utf8.lexicographicallyPrecedes(rhs.customer.rawValue.utf8)
    }
}
