import Metering
import MeteringConformance
import Testing

@testable import Oracle

@Suite("The audit")
struct AuditTests {
    /// An operator with three epochs of random calls, and what it gives out.
    private struct Operator {
        var world: World
        var receipts: [SignedReceipt] = []
        var commitments: [SignedCommitment] = []
        var proofs: [TotalProof] = []

        init(seed: UInt64) async throws {
            world = try World()
            var factory = CallFactory(seed: seed)
            for minute in 0..<3 as Range<Int64> {
                let count = Int.random(in: 1...30, using: &factory.random)
                // Times before and after the prices changed, and late ones.
                _ = try await world.usage.append(
                    (0..<count).map { _ in
                        factory.call(at: World.minute(minute + Int64.random(in: -900...900, using: &factory.random)))
                    })
                _ = try await world.worker().run(at: World.minute(minute + 1))
            }
            let made = EpochProofs(world.store, usage: world.usage)
            for document in try await made.commitments(before: nil, limit: 100) {
                commitments.append(try SignedCommitment(text: document.text))
            }
            for customer in factory.customers {
                for stored in try await world.receipts(customer) {
                    receipts.append(try SignedReceipt(stored, signedWith: world.key))
                }
                for commitment in commitments {
                    let epoch = commitment.commitment.epoch
                    if let proof = try await made.totalProof(of: customer, in: epoch) {
                        proofs.append(try TotalProof(text: proof.text))
                    }
                }
            }
        }

        /// Audits what was given out, in a random order and with repetitions.
        func audit(_ random: inout SeededGenerator) throws -> Audit.Report {
            let keys = try world.keys()
            var audit = Audit(verifier: ReceiptVerifier(keys: keys, priceBooks: CallFactory.books))
            for signed in commitments.shuffled(using: &random) { audit.add(signed, keys: keys) }
            for proof in proofs.shuffled(using: &random) + proofs.prefix(2) { audit.add(proof) }
            for receipt in receipts.shuffled(using: &random) + receipts.prefix(5) { audit.add(receipt: receipt.text) }
            return audit.report()
        }

        /// Signs a receipt as it should not be.
        func signed(_ stored: StoredEvent) throws -> SignedReceipt {
            var stored = stored
            stored.hash = stored.actualHash
            return try SignedReceipt(stored, signedWith: world.key)
        }
    }

    @Test(
        "never catches an honest operator, whatever part of its papers is at hand", arguments: 0..<40 as Range<UInt64>)
    func honest(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var honest = try await Operator(seed: seed)
        let report = try honest.audit(&random)
        #expect(report.isClean, "seed \(seed): \(report.proofs) \(report.problems)")
        #expect(report.receipts == honest.receipts.count)
        #expect(report.commitments == 3)
        honest.receipts = honest.receipts.filter { _ in Bool.random(using: &random) }
        honest.commitments = honest.commitments.filter { _ in Bool.random(using: &random) }
        let epochs = Set(honest.commitments.map(\.commitment.epoch))
        honest.proofs = honest.proofs.filter { epochs.contains($0.entry.epoch) }
        let partial = try honest.audit(&random)
        #expect(partial.proofs.isEmpty, "seed \(seed)")
        #expect(!partial.problems.contains { !$0.contains("does not follow the commitment") }, "\(partial.problems)")
    }

    @Test("catches every equivocation, and has the higher charge given back", arguments: 0..<40 as Range<UInt64>)
    func equivocation(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var cheat = try await Operator(seed: seed)
        let victim = cheat.receipts[Int.random(in: cheat.receipts.indices, using: &random)].stored
        var other = victim
        other.event.session = SessionID(rawValue: "another")
        let isDearer = Bool.random(using: &random)
        if isDearer {
            other.event.lines = [SKULine(sku: SKU(rawValue: "claude-opus-5-5/output"), quantity: 1_000_000)]
            let book = try #require(CallFactory.books.first { $0.hash == victim.event.priceBook })
            other.event.charge = Rating.charge(for: other.event.lines, book: book)
        }
        cheat.receipts.append(try cheat.signed(other))
        let report = try cheat.audit(&random)
        let proof = try #require(report.proofs.first)
        #expect(report.proofs.count == 1, "seed \(seed)")
        #expect(proof.kind == "equivocation")
        #expect(proof.customer == victim.event.customer)
        #expect(proof.credit == max(victim.event.amount, other.event.amount))
        try expectVerified(proof, cheat)
    }

    @Test(
        "catches every charge that is too high, and has the difference given back", arguments: 0..<40 as Range<UInt64>)
    func overprice(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var cheat = try await Operator(seed: seed)
        let priced = cheat.receipts.indices.filter { cheat.receipts[$0].charge > .zero }
        let index = try #require(priced.randomElement(using: &random))
        var stored = cheat.receipts[index].stored
        let surplus = PicoUSD(Int128.random(in: 1...1_000_000, using: &random))
        stored.event.charge = .priced(stored.event.amount + surplus)
        cheat.receipts[index] = try cheat.signed(stored)
        let report = try cheat.audit(&random)
        #expect(report.proofs.map(\.kind) == ["overprice"], "seed \(seed)")
        #expect(report.proofs.first?.credit == surplus)
        try expectVerified(try #require(report.proofs.first), cheat)
    }

    @Test(
        "catches every event that is charged twice, and has the second charge given back",
        arguments: 0..<40 as Range<UInt64>)
    func duplicate(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var cheat = try await Operator(seed: seed)
        var copy = cheat.receipts[Int.random(in: cheat.receipts.indices, using: &random)].stored
        // Later in the same chain, as if it had come again.
        let chain = cheat.receipts.map(\.stored).filter { $0.event.customer == copy.event.customer }
        let last = try #require(chain.last)
        copy.sequence = last.sequence + 1
        copy.previousHash = last.hash
        cheat.receipts.append(try cheat.signed(copy))
        let report = try cheat.audit(&random)
        #expect(report.proofs.map(\.kind) == ["duplicate"], "seed \(seed)")
        #expect(report.proofs.first?.credit == copy.event.amount)
        try expectVerified(try #require(report.proofs.first), cheat)
    }

    /// Checks that a proof holds by itself, gives one credit note, and proves nothing when anything of it is changed.
    private func expectVerified(_ proof: FraudProof, _ cheat: Operator) throws {
        let verifier = ReceiptVerifier(keys: try cheat.world.keys(), priceBooks: CallFactory.books)
        try proof.verify(with: verifier)
        let note = proof.creditNote(for: SubscriptionID(rawValue: "s"), unit: PicoUSD(1))
        #expect(note?.amount == (proof.credit > .zero ? proof.credit : nil))
        #expect(note.map { $0.evidence == proof.hash } ?? true)
        let stranger = ReceiptVerifier(
            keys: try OperatorKeyRing(at: World.start).publicKeys(), priceBooks: CallFactory.books)
        #expect(throws: OracleError.self) { try proof.verify(with: stranger) }
        switch proof {
        case .equivocation(let first, _):
            #expect(throws: OracleError.self) { try FraudProof.equivocation(first, first).verify(with: verifier) }
        case .overprice(let receipt, let due):
            #expect(throws: OracleError.self) {
                try FraudProof.overprice(receipt, due: due - PicoUSD(1)).verify(with: verifier)
            }
        case .duplicate(let first, _):
            #expect(throws: OracleError.self) { try FraudProof.duplicate(first, first).verify(with: verifier) }
        }
    }

    @Test("what is wrong in one place is made good once, whatever proves it")
    func oneCredit() async throws {
        var random = SeededGenerator(seed: 1)
        var cheat = try await Operator(seed: 1)
        let victim = try #require(cheat.receipts.first { $0.charge > .zero }).stored
        // Three receipts for one place, two of them too dear, and one of them of an event that stands elsewhere too.
        for surplus in [5, 9] as [Int128] {
            var other = victim
            other.event.charge = .priced(victim.event.amount + PicoUSD(surplus))
            cheat.receipts.append(try cheat.signed(other))
        }
        let report = try cheat.audit(&random)
        #expect(report.proofs.count == 1)
        #expect(report.proofs.first?.credit == victim.event.amount + PicoUSD(9))
    }

    @Test("credit notes are whole units, rounded up, and a wrong is credited once however often it is found")
    func creditNotes() async throws {
        var random = SeededGenerator(seed: 2)
        var cheat = try await Operator(seed: 2)
        let index = try #require(cheat.receipts.firstIndex { $0.charge > .zero })
        var stored = cheat.receipts[index].stored
        stored.event.charge = .priced(stored.event.amount + PicoUSD(1))
        cheat.receipts[index] = try cheat.signed(stored)
        let customer = stored.event.customer
        try await cheat.world.subscribe(customer)
        let id = World.subscription(of: customer)
        for _ in 0..<3 {
            for proof in try cheat.audit(&random).proofs {
                let note = try #require(proof.creditNote(for: id, unit: PicoUSD(10)))
                #expect(note.amount == PicoUSD(10))
                try await cheat.world.ledger.credit(note, at: World.minute(9))
            }
        }
        #expect(try await cheat.world.ledger.subscription(id)?.creditOwed == PicoUSD(10))
    }

    @Test("reports what proves no fraud and is wrong all the same", arguments: 0..<7)
    func problems(kind: Int) async throws {
        var random = SeededGenerator(seed: UInt64(kind))
        var cheat = try await Operator(seed: 3)
        var expected = ""
        switch kind {
        case 0:
            // A receipt that somebody else signed.
            cheat.receipts[0] = try SignedReceipt(cheat.receipts[0].stored, signedWith: OperatorKey())
            expected = "not signed by one of the operator's keys"
        case 1:
            // Two commitments of one epoch.
            var other = cheat.commitments[0].commitment
            other.receipts += 1
            cheat.commitments.append(try SignedCommitment(other, signedWith: cheat.world.key))
            expected = "signed 2 different commitments"
        case 2:
            var other = cheat.commitments[0].commitment
            other.cumulativeDue += PicoUSD(1)
            cheat.commitments[0] = try SignedCommitment(other, signedWith: cheat.world.key)
            expected = "the cumulative total does not add up"
        case 3:
            cheat.proofs[0].entry.root.sum += 1
            expected = "the proof leads to"
        case 4:
            // A receipt that was exchanged after it was committed to: cheaper, so no fraud, but not what was committed.
            let index = try #require(cheat.receipts.firstIndex { $0.charge > .zero })
            var stored = cheat.receipts[index].stored
            stored.event.session = SessionID(rawValue: "another")
            cheat.receipts[index] = try cheat.signed(stored)
            expected = "is not the one that was committed to"
        case 5:
            let index = try #require(cheat.receipts.firstIndex { $0.stored.sequence > 1 })
            var stored = cheat.receipts[index].stored
            stored.previousHash = Digest32(words: (1, 2, 3, 4))
            cheat.receipts[index] = try cheat.signed(stored)
            expected = "does not follow the receipt before it"
        default:
            let index = try #require(cheat.receipts.firstIndex { $0.charge > .zero })
            var stored = cheat.receipts[index].stored
            stored.event.charge = .priced(stored.event.amount - PicoUSD(1))
            cheat.receipts[index] = try cheat.signed(stored)
            expected = "although its lines cost"
        }
        let report = try cheat.audit(&random)
        #expect(report.proofs.isEmpty)
        #expect(report.problems.contains { $0.contains(expected) }, "\(report.problems)")
    }
}
