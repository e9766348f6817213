internal import ArgumentParser
internal import Metering
internal import Oracle

/// `flowmeter oracle run`: the oracle by itself, until it is interrupted.
struct OracleRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the oracle until it is interrupted.",
        discussion: """
            Closes each epoch at its end, signs its commitment, settles it on the ledger, and compares the ledger \
            with what was sent. SIGINT and SIGTERM end it; so may anything else, for nothing is lost.

            EXAMPLES:
              flowmeter oracle run
              flowmeter oracle run --settle-threshold 5 --settle-minimum 0.05
            """)

    @OptionGroup(title: "Oracle") var oracle: OracleOptions
    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(oracle.flags, context: context)
        let logger = try global.logger("flowmeter.oracle", settings: settings, context: context)
        // Signals are heeded before anything is opened, so that one that comes early ends it as well.
        try await Interrupt.race {
            try await OracleParts.with(settings: settings, context: context) { parts in
                try global.note(
                    "flowmeter \(FlowmeterVersion.current): the oracle runs, epochs of "
                        + "\(parts.ledger.schedule.seconds) s", context: context)
                try await OracleService(
                    worker: parts.worker(), confirmedEpoch: oracle.confirmed, clock: ContinuousClock(),
                    now: context.now, logger: logger
                ).run()
            }
        }
    }
}
