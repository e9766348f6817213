import Metering
import Testing

@testable import Oracle

/// A few minutes of calls, the same in every run, with a cap that bites and a pause among them.
struct ShortHistory {
    let world: World
    private var factory: CallFactory

    init(_ world: World, seed: UInt64) async throws {
        self.world = world
        factory = CallFactory(seed: seed)
        for (index, customer) in factory.customers.enumerated() {
            let caps = index == 1 ? SpendingCaps(perEpoch: PicoUSD(100_000_000_000)) : .none
            try await world.subscribe(customer, paying: PicoUSD(PicoUSD.dollar.rawValue * 2), caps: caps)
        }
    }

    /// What happens in a minute; the oracle can close it at the start of the next one.
    mutating func use(minute: Int64) async throws {
        var events: [UsageEvent] = []
        for _ in 0..<9 { events.append(factory.call(at: World.minute(minute))) }
        _ = try await world.usage.append(events)
        let third = World.subscription(of: factory.customers[2])
        if minute == 2 { try await world.ledger.pause(third, at: World.minute(2)) }
        if minute == 4 { try await world.ledger.resume(third, at: World.minute(4)) }
    }

    /// What must be the same, however often the oracle was killed on the way.
    struct End: Equatable {
        var commitments: [EpochCommitment]
        var batches: [Epoch: [SettlementBatch]]
        var balances: [LedgerAccount: PicoUSD]
        var subscriptions: [Subscription]
        var settlements: Int
    }

    /// Where it all led, as it is durable.
    ///
    /// - Parameter store: The store without whatever kills.
    func end(in store: any OracleStore) async throws -> End {
        let commitments = try await CommitmentArchive(store).commitments(before: nil, limit: 1_000)
        var sent: [Epoch: [SettlementBatch]] = [:]
        for commitment in commitments {
            let batches = try await store.batches(of: commitment.epoch)
            #expect(batches.allSatisfy { $0.isConfirmed })
            sent[commitment.epoch] = batches.map(\.batch)
            #expect(try await store.report(of: commitment.epoch)?.findings == [])
        }
        let settlements = try await world.ledger.settlements()
        return End(
            commitments: commitments, batches: sent, balances: try await world.ledger.balances(),
            subscriptions: try await world.ledger.subscriptions(after: nil, limit: 100), settlements: settlements.count)
    }
}

/// A settlement as the journal has it.
struct JournaledSettlement {
    var epoch: Epoch
    var subscription: SubscriptionID
    var moved: PicoUSD
}

extension Ledger {
    /// All settlements after an entry of the journal; that no epoch settles twice is checked on the way.
    func settlements(after number: Int64 = 0) async throws -> [JournaledSettlement] {
        var seen: Set<[String]> = []
        var settlements: [JournaledSettlement] = []
        for entry in try await journal(of: nil, after: number, limit: .max) {
            guard case .settlement(let epoch, let item, let outcome) = entry.kind else { continue }
            #expect(seen.insert(["\(epoch)", item.subscription.rawValue]).inserted, "settled twice: \(entry)")
            settlements.append(
                JournaledSettlement(epoch: epoch, subscription: item.subscription, moved: outcome.moved))
        }
        return settlements
    }
}
