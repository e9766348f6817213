internal import ArgumentParser
internal import Metering

/// `flowmeter ledger subscribe`: a new subscription.
struct LedgerSubscribe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribe", abstract: "Open a subscription for a customer.",
        discussion: """
            A customer has one open subscription. What the customer's usage cost before it is due with the first settlement, \
            unless an earlier subscription settled it. Doing it again with the same terms changes nothing.

            EXAMPLES:
              flowmeter ledger subscribe alice
              flowmeter ledger subscribe alice --per-epoch 5 --per-period 500 --period-days 30 --grace-days 7
            """)

    @Argument(help: "The customer's id.")
    var customer: String

    @Option(
        help: ArgumentHelp(
            "The subscription's id. Default: the customer's, with a number when it is taken.", valueName: "id"))
    var id: String?

    @Option(help: ArgumentHelp("Who earns.", valueName: "id"))
    var provider = ProviderID.operator.rawValue

    @OptionGroup(title: "Caps") var caps: CapOptions

    @Option(help: ArgumentHelp("The length of a period.", valueName: "days"))
    var periodDays: Int64 = 30

    @Option(help: ArgumentHelp("For how long open usage is settled after a cancellation.", valueName: "days"))
    var graceDays: Int64 = 7

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    mutating func validate() throws {
        if !(1...366).contains(periodDays) { throw ValidationError("--period-days must be 1 to 366") }
        if !(0...366).contains(graceDays) { throw ValidationError("--grace-days must be 0 to 366") }
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let customer = try CustomerID(validating: customer)
        let caps = try caps.applied(to: .none)
        let subscription = try await LedgerAccess.withLedger(settings: settings, context: context, mode: .write) {
            ledger in
            var terms = SubscriptionTerms(
                id: SubscriptionID(rawValue: id ?? customer.rawValue), customer: customer,
                provider: ProviderID(rawValue: provider), caps: caps, periodLength: periodDays * 86_400_000,
                grace: graceDays * 86_400_000)
            if id == nil, let open = try await ledger.openSubscriptions(of: [customer])[customer] {
                terms.id = open.id
            } else if id == nil {
                // Ids of subscriptions that ended are taken for ever.
                var number = 2
                while try await ledger.subscription(terms.id) != nil {
                    terms.id = SubscriptionID(rawValue: "\(customer)-\(number)")
                    number += 1
                }
            }
            return try await ledger.subscribe(terms, at: context.now())
        }
        try SubscriptionTable.show([subscription], json: json, single: true, context: context)
    }
}
