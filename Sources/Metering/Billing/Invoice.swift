/// What a customer owes for a month, down to the receipts that prove it.
public struct Invoice: Sendable, Hashable {
    /// Units of one SKU at one price.
    public struct Line: Sendable, Hashable {
        /// What was used.
        public var sku: SKU
        /// The price of one unit.
        public var unitPrice: PicoUSD
        /// How many units.
        public var quantity: Int64
        /// Quantity × price.
        public var amount: PicoUSD
        /// The sequence numbers of the receipts that the line adds up, rising.
        public var receipts: [Int64]
    }

    /// One receipt of the month.
    public struct Receipt: Sendable, Hashable {
        /// Its place in the customer's chain.
        public var sequence: Int64
        /// The event's id.
        public var id: EventID
        /// When the call ended.
        public var time: Timestamp
        /// The model that answered.
        public var model: String
        /// What the receipt states.
        public var charge: UsageEvent.Charge
        /// The receipt's hash.
        public var hash: ReceiptHash
    }

    /// What a plan changes about the list price.
    public struct Adjustment: Sendable, Hashable {
        /// The plan.
        public var plan: Plan
        /// The list price of what was used under it.
        public var list: PicoUSD
    }

    /// Who pays.
    public var customer: CustomerID
    /// The customer's name for people; empty when there is none.
    public var name: String
    /// The UTC month.
    public var month: Month
    /// When the invoice was made; events appended later are not in it.
    public var issued: Timestamp
    /// What was used, by SKU and price.
    public var lines: [Line]
    /// The month's receipts, in sequence.
    public var receipts: [Receipt]
    /// The plans other than the list price that held for something.
    public var adjustments: [Adjustment]
    /// Σ lines: the price by the price list.
    public var list: PicoUSD
    /// What is due by the plan: rounded down once.
    public var due: PicoUSD

    /// The receipts that have no price yet, and are not in the sum.
    public var unpriced: [Receipt] {
        receipts.filter { if case .unpriced = $0.charge { true } else { false } }
    }

    /// The invoice's number: the same for the same customer and month.
    public var number: String { "\(customer)-\(month)" }
}
