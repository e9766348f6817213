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
@main
enum Main {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let count = Int(arguments[3]), let batch = Int(arguments[4]), batch > 0 else {
            print("usage: StoreWriter FILE PREFIX COUNT BATCH")
            exit(2)
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

    /// Written at once: what is in a buffer would be lost with the process, though it is true.
    private static func acknowledge(_ number: Int) {
        let line = Array("\(number)\n".utf8)
        _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
