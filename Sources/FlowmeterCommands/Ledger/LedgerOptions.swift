internal import ArgumentParser
internal import Metering

/// The options of every command that changes a subscription.
struct SubscriptionOptions: ParsableArguments {
    @Argument(help: "The subscription's id, or the customer whose open subscription is meant.")
    var subscription: String

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "General") var global: GlobalOptions

    /// Changes the subscription and shows what it is then.
    func change(
        _ body: (LedgerChange) async throws -> Void
    ) async throws {
        let context = CommandContext.current
        let settings = try global.settings(context: context)
        let changed = try await LedgerAccess.withLedger(settings: settings, context: context, mode: .write) {
            ledger in
            let known = try await ledger.subscription(named: subscription)
            try await body(LedgerChange(ledger: ledger, id: known.id, now: context.now()))
            return try await ledger.subscription(named: known.id.rawValue)
        }
        try SubscriptionTable.show([changed], json: json, single: true, context: context)
    }
}

/// What a change of a subscription works with.
struct LedgerChange: Sendable {
    var ledger: any Ledger
    var id: SubscriptionID
    var now: Timestamp
}

/// The caps that a customer sets.
struct CapOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The most that one epoch may settle, in US dollars; 'none' for no cap.", valueName: "usd"))
    var perEpoch: String?

    @Option(
        help: ArgumentHelp("The most that one period may settle, in US dollars; 'none' for no cap.", valueName: "usd"))
    var perPeriod: String?

    @Option(
        help: ArgumentHelp(
            "The most that the subscription may ever settle, in US dollars; 'none' for no cap.", valueName: "usd"))
    var lifetime: String?

    /// Whether no cap is named.
    var isEmpty: Bool { perEpoch == nil && perPeriod == nil && lifetime == nil }

    /// `caps` with what these options change.
    func applied(to caps: SpendingCaps) throws(CommandError) -> SpendingCaps {
        SpendingCaps(
            perEpoch: try Self.cap(perEpoch, "--per-epoch", else: caps.perEpoch),
            perPeriod: try Self.cap(perPeriod, "--per-period", else: caps.perPeriod),
            lifetime: try Self.cap(lifetime, "--lifetime", else: caps.lifetime))
    }

    private static func cap(
        _ text: String?, _ option: String, else old: PicoUSD?
    ) throws(CommandError) -> PicoUSD? {
        guard let text else { return old }
        return text == "none" ? nil : try LedgerAmount.parse(text, option, allowsZero: true)
    }
}

/// Amounts and references on a command line.
enum LedgerAmount {
    /// An amount in US dollars.
    static func parse(_ text: String, _ name: String, allowsZero: Bool = false) throws(CommandError) -> PicoUSD {
        do throws(MeteringError) {
            let amount = try PicoUSD(usd: text)
            guard amount > .zero || (allowsZero && amount == .zero) else {
                throw MeteringError(.invalidInput, "the amount must be more than zero")
            }
            return amount
        } catch {
            throw CommandError(
                "\(name): \(error.message)", fix: "write US dollars such as 500 or 12.50", status: .usage)
        }
    }

    /// The reference that was given, or a new one.
    static func reference(_ text: String?, _ kind: String) -> TransferReference {
        TransferReference(rawValue: text ?? "\(kind)-\(String(UInt64.random(in: 0 ... .max), radix: 16))")
    }
}
