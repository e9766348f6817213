internal import ArgumentParser
internal import Metering

/// `flowmeter invoice`: what a customer owes for a month.
struct InvoiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invoice", abstract: "Make a customer's invoice for a month, every line with its receipts.",
        discussion: """
            The customer's plan (plans.json, see docs/ledger.md) is applied to the month's sum, and rounded once.

            EXAMPLES:
              flowmeter invoice alice --month 2026-11
              flowmeter invoice alice --month 2026-11 --html --output alice-2026-11.html
              flowmeter invoice alice --month 2026-11 --json | jq -r .due_usd
            """)

    @Argument(help: "The customer's id.")
    var customer: String

    @Option(help: ArgumentHelp("The UTC month. Default: this one.", valueName: "yyyy-mm"))
    var month: String?

    @OptionGroup(title: "Format") var format: BillingOutput
    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let location = try DataLocation(settings: settings, context: context)
        let customer = try CustomerID(validating: customer)
        let month = try month.map { text throws(MeteringError) in try Month(text: text) } ?? context.now().day.month
        let catalog = try PriceDirectory(path: location.prices).catalog()
        let plans = try PlanFile(path: location.plans).read()
        let invoice = try await StoreAccess.withStore(settings: settings, context: context, mode: .read) { store in
            let name = try await store.customers().first { $0.id == customer }?.name
            let head = try await store.chainHeads().first { $0.customer == customer }
            guard name != nil || head != nil else {
                throw CommandError("there is no customer '\(customer)'", fix: "see 'flowmeter customers list'")
            }
            var builder = InvoiceBuilder(
                customer: customer, month: month, plans: plans.history(of: customer), catalog: catalog)
            if let head {
                var pages = EventPages(head: head)
                while let page = try await pages.next(store) { for event in page { try builder.add(event) } }
            }
            return builder.invoice(name: name ?? "", issued: context.now())
        }
        try format.write(invoice.document, json: InvoiceDocument(invoice), context: context)
        if !invoice.unpriced.isEmpty { throw ExitRequest(status: .attention) }
    }
}

extension PlanFile {
    /// The plans as a command needs them.
    func read() throws(CommandError) -> PlanDirectory {
        do { return try load() } catch { throw CommandError(error.message, status: .usage) }
    }
}

/// The JSON form of an invoice.
struct InvoiceDocument: Encodable, Sendable {
    private struct Line: Encodable {
        var sku: String
        var quantity: Int64
        var unitPriceUSD: String
        var amountUSD: String
        var receipts: [Int64]
    }

    private struct Receipt: Encodable {
        var sequence: Int64
        var id: String
        var time: String
        var model: String
        var chargeUSD: String?
        var hash: String
    }

    private struct PlanLine: Encodable {
        var plan: String
        var terms: String
        var listUSD: String
    }

    private let number: String
    private let customer: String
    private let name: String
    private let month: String
    private let issued: String
    private let lines: [Line]
    private let plans: [PlanLine]
    private let receipts: [Receipt]
    private let listUSD: String
    private let dueUSD: String
    private let unpriced: Int

    init(_ invoice: Invoice) {
        number = invoice.number
        customer = invoice.customer.rawValue
        name = invoice.name
        month = invoice.month.description
        issued = invoice.issued.description
        lines = invoice.lines.map {
            Line(
                sku: $0.sku.rawValue, quantity: $0.quantity, unitPriceUSD: $0.unitPrice.description,
                amountUSD: $0.amount.description, receipts: $0.receipts)
        }
        plans = invoice.adjustments.map {
            PlanLine(plan: $0.plan.id, terms: $0.plan.terms, listUSD: $0.list.description)
        }
        receipts = invoice.receipts.map { receipt in
            let charge: String? = if case .priced(let amount) = receipt.charge { amount.description } else { nil }
            return Receipt(
                sequence: receipt.sequence, id: receipt.id.rawValue, time: receipt.time.description,
                model: receipt.model, chargeUSD: charge, hash: receipt.hash.description)
        }
        listUSD = invoice.list.description
        dueUSD = invoice.due.description
        unpriced = invoice.unpriced.count
    }
}
