import Metering
import MeteringConformance
import Testing

@testable import Oracle

@Suite("Plans in commitments")
struct PlanProofTests {
    /// A markup of 20 %, and discounts from a few cents on; the customer had the list price before.
    static func plans(from time: Timestamp, of customers: [CustomerID]) throws -> PlanDirectory {
        let assignments = customers.map { customer in
            #"{"customer":"\#(customer)","from":"\#(time.day)","plan":"steps"}"#
        }
        return try PlanDirectory(
            json: """
                {"version":1,"plans":[{"id":"steps","markup_bp":2000,"tiers":[
                    {"from_usd":"0.05","discount_bp":333},{"from_usd":"0.2","discount_bp":1111},
                    {"from_usd":"1","discount_bp":2500}]}],
                 "assignments":[\(assignments.joined(separator: ","))]}
                """)
    }

    /// Epochs with calls of this month and of the last one, of a customer with a plan and one without.
    private static func world(seed: UInt64) async throws -> (World, CallFactory) {
        var world = try World()
        var factory = CallFactory(seed: seed)
        let customers = Array(factory.customers.prefix(2))
        world.plans = try plans(from: Timestamp(milliseconds: 1_793_491_200_000), of: [customers[0]])
        for minute in 0..<4 as Range<Int64> {
            for customer in customers {
                var events: [UsageEvent] = []
                for _ in 0..<Int.random(in: 1...6, using: &factory.random) {
                    var time = World.minute(minute)
                    // Some are a month late, some were before the plan began.
                    if factory.chance(30) { time.milliseconds -= 30 * 86_400_000 }
                    if factory.chance(20) { time.milliseconds -= 30 * 86_400_000 }
                    events.append(factory.call(of: customer, at: time))
                }
                _ = try await world.usage.append(events)
            }
            _ = try await world.worker().run(at: World.minute(minute + 1))
        }
        return (world, factory)
    }

    @Test(
        "An entry states the list price and what the plan makes due of it, exactly", arguments: 0..<12 as Range<UInt64>)
    func exact(seed: UInt64) async throws {
        let (world, factory) = try await Self.world(seed: seed)
        for customer in factory.customers.prefix(2) {
            var meter = PlanMeter(plans: world.plans.history(of: customer))
            var list = PicoUSD.zero
            for stored in try await world.receipts(customer) {
                list += stored.event.amount
                try meter.add(stored.event.amount, at: stored.event.time)
            }
            let last = try #require(await world.archive.entry(of: customer, notAfter: World.epoch(9)))
            #expect(last.cumulativeCharge == list, "seed \(seed)")
            #expect(last.cumulativeDue == meter.due, "seed \(seed)")
            if customer == factory.customers[1] { #expect(last.cumulativeDue == list) }
        }
    }

    @Test(
        "Each entry proves its own due from its receipts, and goes on from the one before",
        arguments: [1, 2, 3] as [UInt64])
    func proved(seed: UInt64) async throws {
        let (world, factory) = try await Self.world(seed: seed)
        let proofs = EpochProofs(world.store, usage: world.usage)
        for customer in factory.customers.prefix(2) {
            var previous: CustomerEpoch?
            for minute in 0..<4 as Range<Int64> {
                let epoch = World.epoch(minute)
                let commitment = try #require(await world.archive.commitment(of: epoch))
                let proof = try await proofs.total(of: customer, in: epoch)
                try proof.verify(in: commitment)
                let receipts = try await proofs.receipts(of: proof.entry)
                try proof.verify(receipts, after: previous)
                previous = proof.entry
                // Whatever is changed about what is due, the receipts contradict it.
                var dearer = proof
                dearer.entry.due += PicoUSD(1)
                dearer.entry.cumulativeDue += PicoUSD(1)
                #expect(throws: OracleError.self) { try dearer.verify(receipts) }
                for month in proof.entry.months.keys {
                    var other = proof
                    other.entry.months[month]?.exact.rawValue += 100_000_000
                    other.entry.months[month]?.list -= PicoUSD(1)
                    #expect(throws: OracleError.self) { try other.verify(receipts, after: previous) }
                }
            }
        }
    }

    @Test("docs/verify.py recomputes what is due, and objects to one part in 10¹²")
    func independent() async throws {
        let (world, factory) = try await Self.world(seed: 5)
        let customers = Array(factory.customers.prefix(2))
        var evidence = try await Evidence(world, customers: customers)
        let honest = try evidence.verify()
        #expect(honest.isContent, "\(honest.text)")
        // An operator that asks for more than its plan: commitment and proof agree with each other, not with the receipts.
        let path = try #require(evidence.files.keys.first { $0.hasPrefix("proofs/acme-total-") })
        var proof = try TotalProof(text: try #require(evidence.files[path]))
        proof.entry.due += PicoUSD(1)
        proof.entry.cumulativeDue += PicoUSD(1)
        let epoch = proof.entry.epoch
        var commitment = try #require(await world.archive.commitment(of: epoch))
        commitment.customers = 1
        commitment.root = proof.entry.leaf
        proof.commitment = commitment.hash
        proof.path = MerkleSumProof(index: 0, size: 1, path: [])
        evidence.files = evidence.files.filter { !$0.key.hasPrefix("proofs/") && !$0.key.hasPrefix("commitments/") }
        evidence.files["commitments/\(epoch).json"] =
            try SignedCommitment(commitment, signedWith: world.key).json.text
        evidence.files[path] = proof.json.text
        let forged = try evidence.verify()
        #expect(!forged.isContent)
        #expect(forged.text.contains("the plan of acme makes"), "\(forged.text)")
    }

    @Test("An operator that skips a discount by misstating the month's sum is found out")
    func skippedTier() async throws {
        let (world, factory) = try await Self.world(seed: 6)
        let customer = factory.customers[0]
        let verifier = ReceiptVerifier(keys: try world.keys(), priceBooks: CallFactory.books)
        let proofs = EpochProofs(world.store, usage: world.usage)
        for cheats in [false, true] {
            var audit = Audit(verifier: verifier)
            for minute in 0..<4 as Range<Int64> {
                var commitment = try #require(await world.archive.commitment(of: World.epoch(minute)))
                var proof = try await proofs.total(of: customer, in: World.epoch(minute))
                if cheats, minute == 3 {
                    let receipts = try await proofs.receipts(of: proof.entry)
                    // As if the month had just begun: no discount.
                    var meter = PlanMeter(plans: proof.entry.plans)
                    for stored in receipts { try meter.add(stored.event.amount, at: stored.event.time) }
                    proof.entry.months = meter.months.filter { proof.entry.months[$0.key] != nil }
                    proof.entry.cumulativeDue += meter.due - proof.entry.due
                    proof.entry.due = meter.due
                    commitment.customers = 1
                    commitment.root = proof.entry.leaf
                    proof.path = MerkleSumProof(index: 0, size: 1, path: [])
                    proof.commitment = commitment.hash
                }
                audit.add(try SignedCommitment(commitment, signedWith: world.key), keys: try world.keys())
                audit.add(proof)
            }
            for stored in try await world.receipts(customer) {
                audit.add(try SignedReceipt(stored, signedWith: world.key))
            }
            let problems = audit.report().problems
            #expect(problems.contains { $0.contains("do not go on from") } == cheats, "\(problems)")
            if !cheats { #expect(problems.isEmpty) }
        }
    }
}
