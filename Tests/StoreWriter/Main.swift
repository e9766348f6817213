import Metering
import MeteringSQLite

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Appends events to a store and prints, after each call, how many are durable so far.
///
/// StoreWriter FILE PREFIX COUNT BATCH    appends ids PREFIX1, PREFIX2, … to COUNT
/// StoreWriter ledger FILE FROM TO        settles the epochs FROM … TO in a ledger
@main
enum Main {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let count = Int(arguments[3]), let batch = Int(arguments[4]), batch > 0 else {
            print("usage: StoreWriter FILE PREFIX COUNT BATCH | ledger FILE FROM TO")
            exit(2)
        }
        if arguments[1] == "ledger" {
            guard let first = Int(arguments[3]), let last = Int(arguments[4]) else { exit(2) }
            try await settle(path: arguments[2], steps: first...last)
            return
        }
        var options = SQLiteUsageStore.Options()
        // Small, so that a short life passes through every stage.
        options.limits = SQLiteUsageStore.Limits(rollupInterval: 50, indexInterval: 120)
        let store = try SQLiteUsageStore(path: arguments[1], options: options)
        for start in stride(from: 1, through: count, by: batch) {
            let numbers = start..<min(start + batch, count + 1)
            _ = try await store.append(numbers.map { event($0, prefix: arguments[2]) })
            acknowledge(numbers.upperBound - 1)
        }
        try await store.close()
    }

    static func event(_ number: Int, prefix: String) -> UsageEvent {
        UsageEvent(
            id: EventID(rawValue: "\(prefix)\(number)"), customer: CustomerID(rawValue: "customer-\(number % 7)"),
            session: SessionID(rawValue: "session-\(number / 40)"), key: APIKeyID(rawValue: "key-\(number % 7)"),
            model: number.isMultiple(of: 3) ? "claude-haiku-5-5" : "claude-opus-5-5",
            time: Timestamp(milliseconds: 1_795_000_000_000 + Int64(number) * 600_000),
            lines: [SKULine(sku: SKU(rawValue: "claude-opus-5-5/input"), quantity: Int64(number % 500) + 1)],
            charge: .priced(PicoUSD(Int128(number) * 1_000_000_007)), priceBook: Digest32(words: (1, 2, 3, 4)),
            quality: .exact, source: .gateway)
    }

    /// Charges 1.700000000003 USD in every epoch, and draws a dollar of it.
    static func settle(path: String, steps: ClosedRange<Int>) async throws {
        let ledger = try LocalLedger(path: path)
        let id = SubscriptionID(rawValue: "sub-1")
        let first = ledger.schedule.epoch(at: Timestamp(milliseconds: 1_795_000_200_000)).rawValue
        for step in steps {
            let item = SettlementItem(
                subscription: id, cumulativeCharge: PicoUSD(Int128(step) * 1_700_000_000_003),
                customerRoot: Digest32(words: (UInt64(step), 0, 0, 1)), priceBook: .zero)
            let epoch = Epoch(first + Int64(step))
            let time = ledger.schedule.end(of: epoch)
            _ = try await ledger.settle(SettlementBatch(epoch: epoch, items: [item]), at: time)
            try await ledger.withdraw(
                .dollar, by: .operator, reference: TransferReference(rawValue: "w-\(step)"), at: time)
            acknowledge(step)
        }
    }

    /// Written at once: what is in a buffer would be lost with the process, though it is true.
    private static func acknowledge(_ number: Int) {
        let line = Array("\(number)\n".utf8)
        _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
