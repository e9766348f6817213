internal import ArgumentParser
internal import Metering

/// The options of everything that runs an oracle.
struct OracleOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The length of an epoch in seconds, for a new ledger. Default: $FLOWMETER_EPOCH_SECONDS, else 300.",
            valueName: "seconds"))
    var epochSeconds: Int?

    @Option(
        help: ArgumentHelp(
            "Settle before the epoch ends once this much is open. Default: $FLOWMETER_SETTLE_THRESHOLD, else never.",
            valueName: "usd"))
    var settleThreshold: String?

    @Option(
        help: ArgumentHelp(
            "Leave smaller amounts than this, of fewer than 1,000 tokens, for later. Default: "
                + "$FLOWMETER_SETTLE_MINIMUM, else 0.01.", valueName: "usd"))
    var settleMinimum: String?

    @Option(
        help: ArgumentHelp(
            "For how long an oracle leads once it was heard of: after a crash others wait so long. Default: "
                + "$FLOWMETER_LEASE_SECONDS, else 30.", valueName: "seconds"))
    var leaseSeconds: Int?

    @Option(
        help: ArgumentHelp(
            "Say that the clock is right, up to this epoch, when the oracle doubts it.", valueName: "epoch"))
    var confirmEpoch: Int64?

    /// These options as settings.
    var flags: [SettingName: String] {
        var flags: [SettingName: String] = [:]
        flags[.epochSeconds] = epochSeconds.map(String.init)
        flags[.settleThreshold] = settleThreshold
        flags[.settleMinimum] = settleMinimum
        flags[.leaseSeconds] = leaseSeconds.map(String.init)
        return flags
    }

    /// The epoch for which the clock was confirmed.
    var confirmed: Epoch? { confirmEpoch.map { Epoch($0) } }
}
