internal import ArgumentParser
internal import Metering

/// Hard caps on a customer's charges.
struct LimitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The most a UTC day may cost, in US dollars; 'none' for no limit.", valueName: "usd"))
    var dailyLimit: String?

    @Option(help: ArgumentHelp("The most a UTC month may cost, in US dollars; 'none' for no limit.", valueName: "usd"))
    var monthlyLimit: String?

    @Option(
        help: ArgumentHelp("The most everything may ever cost, in US dollars; 'none' for no limit.", valueName: "usd"))
    var lifetimeLimit: String?

    /// Whether no limit is named.
    var isEmpty: Bool { dailyLimit == nil && monthlyLimit == nil && lifetimeLimit == nil }

    /// `limits` with what these options change.
    func applied(to limits: SpendLimits) throws(CommandError) -> SpendLimits {
        SpendLimits(
            daily: try Self.amount(dailyLimit, "--daily-limit", else: limits.daily),
            monthly: try Self.amount(monthlyLimit, "--monthly-limit", else: limits.monthly),
            lifetime: try Self.amount(lifetimeLimit, "--lifetime-limit", else: limits.lifetime))
    }

    private static func amount(
        _ text: String?, _ option: String, else old: PicoUSD?
    ) throws(CommandError) -> PicoUSD? {
        guard let text else { return old }
        if text == "none" { return nil }
        do throws(MeteringError) {
            let amount = try PicoUSD(usd: text)
            guard amount >= .zero else { throw MeteringError(.invalidInput, "a limit must not be negative") }
            return amount
        } catch {
            throw CommandError(
                "\(option): \(error.message)", fix: "write US dollars such as 500 or 12.50, or none", status: .usage)
        }
    }
}
