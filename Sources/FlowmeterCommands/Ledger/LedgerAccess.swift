internal import FoundationEssentials
internal import Metering
internal import MeteringSQLite

/// Opens the ledger for the length of a command.
enum LedgerAccess {
    /// Opens the ledger that the settings name, hands it to `body`, and closes it whatever happens.
    static func withLedger<Value: Sendable>(
        settings: Settings, context: CommandContext, mode: StoreAccess.Mode,
        _ body: (any Ledger) async throws -> Value
    ) async throws -> Value {
        let ledger = try open(
            try DataLocation(settings: settings, context: context).ledger, mode: mode,
            // Who reads takes the ledger as it is; who may make it makes it as the gateway and the oracle would.
            schedule: mode == .write ? try EpochSchedule(settings) : nil)
        let value: Value
        do { value = try await body(ledger) } catch {
            // The first error is the one to report.
            do { try ledger.close() } catch let closing {
                context.errorOutput.writeLastWord("error: the ledger could not be closed properly: \(closing)")
            }
            throw error
        }
        try ledger.close()
        return value
    }

    private static func open(
        _ path: String, mode: StoreAccess.Mode, schedule: EpochSchedule?
    ) throws(CommandError) -> LocalLedger {
        if mode != .write, !FileManager.default.fileExists(atPath: path) {
            throw CommandError(
                "there is no ledger at \(path) yet",
                fix: "make one with 'flowmeter ledger subscribe CUSTOMER', or name another with FLOWMETER_LEDGER")
        }
        do {
            return try LocalLedger(path: path, mode: mode == .write ? .readWrite : .readOnly, schedule: schedule)
        } catch {
            throw CommandError(error)
        }
    }
}

extension Ledger {
    /// The subscription that a person means: by its id, else the open one of the customer with this id.
    func subscription(named name: String) async throws -> Subscription {
        if let subscription = try await subscription(SubscriptionID(rawValue: name)) { return subscription }
        let customer = CustomerID(rawValue: name)
        if let subscription = try await openSubscriptions(of: [customer])[customer] { return subscription }
        throw CommandError("there is no subscription '\(name)'", fix: "see 'flowmeter ledger list'")
    }

    /// Subscriptions, sorted by id.
    func allSubscriptions() async throws -> [Subscription] {
        var all: [Subscription] = []
        while true {
            let page = try await subscriptions(after: all.last?.id, limit: 1_000)
            if page.isEmpty { return all }
            all += page
        }
    }

    /// One subscription's journal.
    func entries(of subscription: SubscriptionID) async throws -> [JournalEntry] {
        var all: [JournalEntry] = []
        while true {
            let page = try await journal(of: subscription, after: all.last?.number ?? 0, limit: 10_000)
            if page.isEmpty { return all }
            all += page
        }
    }
}
