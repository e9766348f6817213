import Foundation
import Metering
import MeteringConformance

@testable import MeteringSQLite

/// A directory for one test's stores, removed with it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("flowmeter-\(UUID())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var store: String { path + "/store.sqlite" }
}

extension SQLiteUsageStore.Options {
    /// Roll-ups and indexes every few events, and groups divided, so that small tests see every stage of them.
    static func eager(rollupInterval: Int = 7, indexInterval: Int = 11) -> Self {
        var options = Self()
        options.limits = SQLiteUsageStore.Limits(
            rollupInterval: rollupInterval, indexInterval: indexInterval, divided: 256)
        return options
    }
}

/// Events that are simple, valid, and different by their number.
func sampleEvent(
    _ number: Int, id: String? = nil, customer: String = "acme", key: String = "key_1", session: String? = nil,
    model: String = "claude-opus-5-5", day: Int32 = 20_780, charge: Int128? = nil
) -> UsageEvent {
    UsageEvent(
        id: EventID(rawValue: id ?? "msg_\(number)"), customer: CustomerID(rawValue: customer),
        session: SessionID(rawValue: session ?? "session-\(number % 5)"), key: APIKeyID(rawValue: key),
        requestID: "req_\(number)", model: model,
        time: Timestamp(milliseconds: Int64(day) * 86_400_000 + Int64(number % 86_400) * 1_000),
        lines: [
            SKULine(sku: SKU(rawValue: "\(model)/input"), quantity: Int64(number % 1_000) + 1),
            SKULine(sku: SKU(rawValue: "\(model)/output"), quantity: Int64(number % 77) + 1),
        ], charge: .priced(PicoUSD(charge ?? Int128(number) * 1_000_003)), priceBook: Digest32(words: (1, 2, 3, 4)),
        quality: .exact, source: .gateway)
}
