/// Makes an invoice of a month's events.
public struct InvoiceBuilder: Sendable {
    private struct Key: Hashable {
        var sku: SKU
        var price: PicoUSD
    }

    private let customer: CustomerID
    private let month: Month
    private let catalog: PriceCatalog
    private let plans: PlanHistory
    private var meter: PlanMeter
    private var lines: [Key: Invoice.Line] = [:]
    private var receipts: [Invoice.Receipt] = []
    private var listByPlan: [Plan: PicoUSD] = [:]
    private var list = PicoUSD.zero

    /// Begins an invoice.
    ///
    /// - Parameters:
    ///   - customer: Who pays.
    ///   - month: The month that is billed.
    ///   - plans: The customer's plans.
    ///   - catalog: The price books that rated the events.
    public init(customer: CustomerID, month: Month, plans: PlanHistory, catalog: PriceCatalog) {
        self.customer = customer
        self.month = month
        self.plans = plans
        self.catalog = catalog
        meter = PlanMeter(plans: plans)
    }

    /// Takes the customer's next event in sequence; those of other months are passed over.
    ///
    /// - Throws: `notFound` when the event's price book is not in the catalog; `storeCorrupt` when its charge is not what
    ///   the book asks for; `overflow`.
    public mutating func add(_ stored: StoredEvent) throws(MeteringError) {
        let event = stored.event
        guard event.customer == customer, event.time.day.month == month else { return }
        receipts.append(
            Invoice.Receipt(
                sequence: stored.sequence, id: event.id, time: event.time, model: event.model, charge: event.charge,
                hash: stored.hash))
        guard case .priced(let charge) = event.charge else { return }
        guard let book = catalog.book(hash: event.priceBook) else {
            throw MeteringError(
                .notFound,
                "the receipt \(event.id) was rated with the price book \(event.priceBook), which is not at hand; "
                    + "import it")
        }
        var sum = PicoUSD.zero
        for line in event.lines {
            guard let price = book.prices[line.sku] else { continue }
            let amount = try price.times(line.quantity)
            sum = try sum.adding(amount)
            try add(line, price: price, amount: amount, sequence: stored.sequence)
        }
        guard sum == charge else {
            throw MeteringError(
                .storeCorrupt,
                "the receipt \(event.id) charges \(charge) USD, but its lines cost \(sum) USD; run 'flowmeter events verify'"
            )
        }
        list = try list.adding(charge)
        let plan = plans.plan(at: event.time)
        listByPlan[plan] = try (listByPlan[plan] ?? .zero).adding(charge)
        try meter.add(charge, at: event.time)
    }

    private mutating func add(
        _ line: SKULine, price: PicoUSD, amount: PicoUSD, sequence: Int64
    ) throws(MeteringError) {
        let key = Key(sku: line.sku, price: price)
        var sum = lines[key] ?? Invoice.Line(sku: line.sku, unitPrice: price, quantity: 0, amount: .zero, receipts: [])
        let (quantity, overflow) = sum.quantity.addingReportingOverflow(line.quantity)
        guard !overflow else { throw MeteringError(.overflow, "a sum of units left the range that can be kept") }
        sum.quantity = quantity
        sum.amount = try sum.amount.adding(amount)
        sum.receipts.append(sequence)
        lines[key] = sum
    }

    /// The invoice of what was taken so far.
    public func invoice(name: String, issued: Timestamp) -> Invoice {
        Invoice(
            customer: customer, name: name, month: month, issued: issued,
            lines: lines.values.sorted { ($0.sku, $0.unitPrice) < ($1.sku, $1.unitPrice) }, receipts: receipts,
            adjustments: listByPlan.filter { $0.key != .list }.map { Invoice.Adjustment(plan: $0.key, list: $0.value) }
                .sorted { $0.plan.id < $1.plan.id },
            list: list, due: meter.months[month]?.due ?? .zero)
    }
}
