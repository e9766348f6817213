import Metering
import MeteringConformance
import Testing

@testable import Oracle

@Suite("Proofs of epochs")
struct EpochProofsTests {
    /// A world with three epochs of random calls.
    private static func world(seed: UInt64) async throws -> (World, [CustomerID]) {
        let world = try World()
        var factory = CallFactory(seed: seed)
        for minute in 0..<3 as Range<Int64> {
            _ = try await world.usage.append((0..<25).map { _ in factory.call(at: World.minute(minute)) })
            _ = try await world.worker().run(at: World.minute(minute + 1))
        }
        return (world, factory.customers)
    }

    @Test("every receipt has a proof, which survives being written and read", arguments: 0..<6 as Range<UInt64>)
    func inclusion(seed: UInt64) async throws {
        let (world, customers) = try await Self.world(seed: seed)
        let proofs = EpochProofs(world.store, usage: world.usage)
        var counted = 0
        for customer in customers {
            for stored in try await world.receipts(customer) {
                let document = try #require(await proofs.inclusionProof(of: customer, sequence: stored.sequence))
                let proof = try InclusionProof(text: document.text)
                let commitment = try #require(await world.archive.commitment(of: proof.total.entry.epoch))
                try proof.verify(stored, in: commitment)
                counted += 1
            }
        }
        #expect(counted == 75)
    }

    @Test("totals add up to the commitment, and each follows the one before", arguments: 0..<6 as Range<UInt64>)
    func totals(seed: UInt64) async throws {
        let (world, customers) = try await Self.world(seed: seed)
        let proofs = EpochProofs(world.store, usage: world.usage)
        var previous: [CustomerID: CustomerEpoch] = [:]
        for commitment in try await world.archive.commitments(before: nil, limit: 9).reversed() {
            var sum: UInt128 = 0
            for customer in customers {
                guard let document = try await proofs.totalProof(of: customer, in: commitment.epoch) else { continue }
                let proof = try TotalProof(text: document.text)
                try proof.verify(in: commitment)
                try proof.verify(try await proofs.receipts(of: proof.entry), after: previous[customer])
                previous[customer] = proof.entry
                sum += UInt128(proof.entry.due.rawValue)
            }
            #expect(sum == commitment.root.sum)
        }
        let charges = try await world.usage.usage(UsageQuery(by: .total))
        #expect(previous.values.reduce(.zero) { $0 + $1.cumulativeCharge } == charges.first?.sums.charge)
    }

    @Test("no proof holds for anything else than it was made for", arguments: 0..<40 as Range<UInt64>)
    func forged(seed: UInt64) async throws {
        let (world, customers) = try await Self.world(seed: seed % 4)
        var random = SeededGenerator(seed: seed)
        let proofs = EpochProofs(world.store, usage: world.usage)
        let customer = customers[Int.random(in: customers.indices, using: &random)]
        let receipts = try await world.receipts(customer)
        let index = Int.random(in: receipts.indices, using: &random)
        var stored = receipts[index]
        var proof = try await proofs.inclusion(of: customer, sequence: stored.sequence)
        var commitment = try #require(await world.archive.commitment(of: proof.total.entry.epoch))
        switch Int.random(in: 0..<10, using: &random) {
        case 0: stored.event.charge = .priced(stored.event.amount + PicoUSD(1))
        case 1: stored.event.id = EventID(rawValue: "other")
        case 2: stored.sequence += 1
        case 3: proof.charge = (proof.charge ?? .zero) + PicoUSD(1)
        case 4: proof.path.index += 1
        case 5: proof.total.entry.cumulativeCharge += PicoUSD(1)
        case 6: proof.total.entry.lastSequence += 1
        case 7: proof.total.entry.root.sum += 1
        case 8: commitment.root.sum += 1
        default:
            commitment = try #require(
                await world.archive.commitments(before: nil, limit: 9).first { $0.epoch != commitment.epoch })
        }
        #expect(throws: OracleError.self, "seed \(seed)") { try proof.verify(stored, in: commitment) }
    }

    @Test("what is not committed has no proof")
    func missing() async throws {
        let (world, customers) = try await Self.world(seed: 1)
        let proofs = EpochProofs(world.store, usage: world.usage)
        let receipts = try await world.receipts(customers[0])
        let next = Int64(receipts.count) + 1
        #expect(try await proofs.inclusionProof(of: customers[0], sequence: next) == nil)
        #expect(try await proofs.totalProof(of: customers[0], in: World.epoch(7)) == nil)
        #expect(try await proofs.totalProof(of: CustomerID(rawValue: "nobody"), in: World.epoch(0)) == nil)
        #expect(try await proofs.commitment(of: World.epoch(7)) == nil)
        #expect(try await proofs.commitments(before: nil, limit: 2).count == 2)
        // Open receipts, until the next epoch is closed.
        var factory = CallFactory(seed: 9, prefix: "new")
        _ = try await world.usage.append([factory.call(of: customers[0], at: World.minute(3))])
        #expect(try await proofs.inclusionProof(of: customers[0], sequence: next) == nil)
        _ = try await world.worker().run(at: World.minute(4))
        #expect(try await proofs.inclusionProof(of: customers[0], sequence: next) != nil)
    }

    @Test("receipts that were changed after they were committed to prove nothing")
    func changedReceipts() async throws {
        let (world, customers) = try await Self.world(seed: 2)
        // The same commitments, over a store whose receipts are others.
        var factory = CallFactory(seed: 77)
        let other = MemoryUsageStore()
        _ = try await other.append((0..<40).map { _ in factory.call(of: customers[0], at: World.minute(0)) })
        let proofs = EpochProofs(world.store, usage: other)
        await #expect { try await proofs.inclusion(of: customers[0], sequence: 1) } throws: {
            ($0 as? OracleError)?.code == .conflict
        }
    }

    @Test("documents that were changed in the oracle's store are not believed")
    func changedDocuments() async throws {
        let world = try World()
        let entry = CustomerEpoch(
            customer: CustomerID(rawValue: "a"), epoch: World.epoch(0), root: .leaf(.zero, sum: 1), firstSequence: 1,
            lastSequence: 1, previousHash: .zero, lastHash: .zero, due: PicoUSD(1), cumulativeCharge: PicoUSD(1),
            cumulativeDue: PicoUSD(1), cumulativeTokens: 1, plans: .list, months: [:], unpriced: 0, priceBooks: [.zero],
            previousEntry: .zero)
        try await world.store.store(
            CommitmentRecord(epoch: World.epoch(0), hash: .zero, previous: .zero, position: 0, document: [0x7b, 0x7d]),
            entries: [
                EntryRecord(
                    customer: entry.customer, epoch: entry.epoch, hash: .zero, previous: .zero, firstSequence: 1,
                    lastSequence: 1, due: PicoUSD(1), months: [], document: entry.json.bytes)
            ])
        await #expect { try await world.archive.latest() } throws: { ($0 as? OracleError)?.code == .conflict }
        await #expect { try await world.archive.entries(of: World.epoch(0)) } throws: {
            ($0 as? OracleError)?.code == .conflict
        }
    }

    @Test("a proof's length is the logarithm of the tree's size")
    func logarithmic() throws {
        for (count, limit) in [(1, 0), (2, 1), (1_000, 10), (10_000, 14)] {
            let tree = try MerkleSumTree((0..<count).map { .leaf(Digest32(words: (UInt64($0), 0, 0, 0)), sum: 1) })
            for index in [0, count / 2, count - 1] { #expect(try tree.proof(at: index).path.count <= limit) }
        }
    }
}
