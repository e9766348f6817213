import Metering
import MeteringConformance
import Testing

@testable import Oracle

@Suite("Killing the oracle")
struct CrashTests {
    /// What must be the same, however often the oracle was killed on the way.
    struct End: Equatable {
        var commitments: [EpochCommitment]
        var outcomes: [Epoch: [SettlementBatch]]
        var balances: [LedgerAccount: PicoUSD]
        var subscriptions: [Subscription]
        var settlements: Int
    }

    private static let minutes: Int64 = 6

    /// A few minutes of calls, with a cap that bites, a deposit, a pause and a cancellation among them.
    private func run(
        seed: UInt64, _ killer: Killer, killAt point: Int?, slowSeed: UInt64? = nil
    ) async throws -> End {
        let plain = MemoryOracleStore()
        let world = try World(store: CrashingOracleStore(plain, killer))
        var factory = CallFactory(seed: seed)
        let customers = factory.customers
        for (index, customer) in customers.enumerated() {
            let caps = index == 1 ? SpendingCaps(perEpoch: PicoUSD(100_000_000_000)) : .none
            try await world.subscribe(customer, paying: PicoUSD(PicoUSD.dollar.rawValue * 2), caps: caps)
        }
        killer.arm(point)
        let channel: any SettlementChannel =
            if let slowSeed { SlowSettlement(world.ledger, seed: slowSeed) } else {
                CrashingSettlement(ledger: world.ledger, killer: killer)
            }
        for minute in 0..<Self.minutes {
            _ = try await world.usage.append((0..<9).map { _ in factory.call(at: World.minute(minute)) })
            if minute == 2 { try await world.ledger.pause(World.subscription(of: customers[2]), at: World.minute(2)) }
            if minute == 4 { try await world.ledger.resume(World.subscription(of: customers[2]), at: World.minute(4)) }
            try await finish(world, channel, killer, at: World.minute(minute + 1))
        }
        let archive = CommitmentArchive(plain)
        let commitments = try await archive.commitments(before: nil, limit: 100)
        var outcomes: [Epoch: [SettlementBatch]] = [:]
        for commitment in commitments {
            let batches = try await plain.batches(of: commitment.epoch)
            #expect(batches.allSatisfy { $0.isConfirmed })
            outcomes[commitment.epoch] = batches.map(\.batch)
            #expect(try await plain.report(of: commitment.epoch)?.findings == [])
        }
        let journal = try await world.ledger.journal(of: nil, after: 0, limit: .max)
        let settlements = journal.filter { if case .settlement = $0.kind { true } else { false } }
        // No epoch settles twice.
        var seen: Set<[String]> = []
        for entry in settlements {
            guard case .settlement(let epoch, let item, _) = entry.kind else { continue }
            #expect(seen.insert(["\(epoch)", item.subscription.rawValue]).inserted, "settled twice: \(entry)")
        }
        return End(
            commitments: commitments, outcomes: outcomes, balances: try await world.ledger.balances(),
            subscriptions: try await world.ledger.subscriptions(after: nil, limit: 100), settlements: settlements.count)
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
