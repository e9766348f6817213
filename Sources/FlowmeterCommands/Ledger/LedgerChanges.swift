internal import ArgumentParser
internal import Metering

/// `flowmeter ledger caps`: what the customer lets settle.
struct LedgerCaps: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caps", abstract: "Set a subscription's caps, from the next epoch on.",
        discussion: """
            Caps that are not named stay as they are.

            EXAMPLES:
              flowmeter ledger caps alice --per-epoch 2 --per-period 300
              flowmeter ledger caps alice --lifetime none
            """)

    @OptionGroup var options: SubscriptionOptions
    @OptionGroup(title: "Caps") var caps: CapOptions

    mutating func validate() throws {
        if caps.isEmpty { throw ValidationError("name at least one of --per-epoch, --per-period and --lifetime") }
    }

    func run() async throws {
        try await options.change { change in
            guard let known = try await change.ledger.subscription(change.id) else { return }
            let caps = try caps.applied(to: known.capChanges.last?.caps ?? .none)
            try await change.ledger.setCaps(caps, of: change.id, at: change.now)
        }
    }
}

/// `flowmeter ledger pause`: no money moves.
struct LedgerPause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Let no money move; calls are refused, and what was charged is kept note of.",
        discussion: """
            EXAMPLES:
              flowmeter ledger pause alice
            """)

    @OptionGroup var options: SubscriptionOptions

    func run() async throws { try await options.change { try await $0.ledger.pause($0.id, at: $0.now) } }
}

/// `flowmeter ledger resume`: money moves again.
struct LedgerResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let money move again; what was charged meanwhile is due with the next epoch.",
        discussion: """
            EXAMPLES:
              flowmeter ledger resume alice
            """)

    @OptionGroup var options: SubscriptionOptions

    func run() async throws { try await options.change { try await $0.ledger.resume($0.id, at: $0.now) } }
}

/// `flowmeter ledger cancel`: the beginning of the end.
struct LedgerCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "End a subscription after its grace, in which open usage is settled.",
        discussion: """
            After the grace, 'flowmeter ledger close' refunds the rest of the escrow.

            EXAMPLES:
              flowmeter ledger cancel alice
            """)

    @OptionGroup var options: SubscriptionOptions

    func run() async throws { try await options.change { try await $0.ledger.cancel($0.id, at: $0.now) } }
}

/// `flowmeter ledger close`: the end, and the refund.
struct LedgerClose: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "Close a cancelled subscription after its grace, and refund the rest of the escrow.",
        discussion: """
            EXAMPLES:
              flowmeter ledger close alice
            """)

    @OptionGroup var options: SubscriptionOptions

    func run() async throws { try await options.change { try await $0.ledger.close($0.id, at: $0.now) } }
}
