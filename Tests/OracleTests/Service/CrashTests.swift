import Metering
import OracleChaos
import Testing

@testable import Oracle

@Suite("Killing the oracle")
struct CrashTests {
    private static let minutes: Int64 = 6

    private func run(
        seed: UInt64, _ killer: Killer, killAt point: Int?, slowSeed: UInt64? = nil
    ) async throws -> ShortHistory.End {
        let plain = MemoryOracleStore()
        let world = try World(store: CrashingOracleStore(plain, killer))
        var history = try await ShortHistory(world, seed: seed)
        killer.arm(point)
        let channel: any SettlementChannel =
            if let slowSeed { SlowSettlement(world.ledger, seed: slowSeed) } else {
                CrashingSettlement(world.ledger, killer)
            }
        for minute in 0..<Self.minutes {
            try await history.use(minute: minute)
            try await finish(world, channel, killer, at: World.minute(minute + 1))
        }
        return try await history.end(in: plain)
    }

    /// Works until there is nothing left to do, starting again after every kill.
    private func finish(_ world: World, _ channel: any SettlementChannel, _ killer: Killer, at now: Timestamp)
        async throws
    {
        for _ in 0..<200 {
            do {
                let progress = try await world.worker(channel: channel).run(at: now, limit: 100)
                if case .idle = progress.last { return }
            } catch {
                // The next process begins with nothing but what is durable.
                killer.arm(nil)
            }
        }
        Issue.record("the oracle does not come to an end")
    }

    @Test("at any half step of any write leads to the same end", arguments: [1, 2] as [UInt64])
    func everyWrite(seed: UInt64) async throws {
        let undisturbed = Killer()
        let expected = try await run(seed: seed, undisturbed, killAt: nil)
        #expect(undisturbed.writes > 40, "the run is too short to prove anything")
        #expect(expected.settlements > 10)
        for point in 0..<(2 * undisturbed.writes) {
            let end = try await run(seed: seed, Killer(), killAt: point)
            #expect(end == expected, "seed \(seed), killed at half step \(point)")
        }
    }

    @Test(
        "a ledger that is slow, forgets batches and hears them twice comes to the same end",
        arguments: 0..<30 as Range<UInt64>)
    func slowLedger(seed: UInt64) async throws {
        let expected = try await run(seed: 3, Killer(), killAt: nil)
        let end = try await run(seed: 3, Killer(), killAt: nil, slowSeed: seed)
        #expect(end == expected, "seed \(seed)")
    }
}
