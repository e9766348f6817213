import Metering
import MeteringConformance
import Testing

@testable import Oracle

@Suite("The oracle's worker")
struct OracleWorkerTests {
    private let acme = CustomerID(rawValue: "acme")

    @Test("closes, attests, plans, settles and reconciles an epoch, in this order, and then waits")
    func steps() async throws {
        let world = try World()
        try await world.subscribe(acme)
        var factory = CallFactory(seed: 1)
        let calls = (0..<20).map { _ in factory.call(of: acme, at: World.minute(0)) }
        _ = try await world.usage.append(calls)
        let epoch = World.epoch(0)
        let progress = try await world.worker().run(at: World.minute(1))
        let charge = calls.reduce(PicoUSD.zero) { $0 + $1.amount }
        let report = ReconciliationReport(epoch: epoch, items: 1, moved: charge, unsettled: .zero, findings: [])
        #expect(
            progress == [
                .closed(epoch), .attested(epoch), .planned(epoch, batches: 1),
                .confirmed(OutboxBatchID(epoch: epoch, index: 0)), .reconciled(report), .idle(until: World.minute(2)),
            ])
        #expect(try await world.ledger.balance(of: .earnings(.operator)) == charge)
        let signed = try SignedCommitment(text: try #require(await world.archive.attestation(of: epoch)).evidence.text)
        try signed.verify(with: try world.keys())
        #expect(signed.commitment.root.sum == UInt128(charge.rawValue))
        #expect(try await world.worker().run(at: World.minute(1)) == [.idle(until: World.minute(2))])
    }

    @Test("does nothing while an epoch runs, and nothing when there is nothing")
    func waits() async throws {
        let world = try World()
        #expect(try await world.worker().run(at: World.minute(7)) == [.idle(until: World.minute(8))])
        var factory = CallFactory(seed: 2)
        _ = try await world.usage.append([factory.call(of: acme, at: World.minute(7))])
        _ = try await world.worker().run(at: World.minute(8))
        _ = try await world.usage.append([factory.call(of: acme, at: World.minute(8))])
        #expect(try await world.worker().run(at: World.minute(8, seconds: 59)) == [.idle(until: World.minute(9))])
        #expect(try await world.archive.latest()?.epoch == World.epoch(7))
    }

    @Test("puts late events into the next open epoch, never into a closed one")
    func lateEvents() async throws {
        let world = try World()
        var factory = CallFactory(seed: 3)
        _ = try await world.usage.append([factory.call(of: acme, at: World.minute(0))])
        _ = try await world.worker().run(at: World.minute(1))
        let closed = try await world.archive.entries(of: World.epoch(0))
        _ = try await world.usage.append([factory.call(of: acme, at: World.minute(-90))])
        _ = try await world.worker().run(at: World.minute(2))
        #expect(try await world.archive.entries(of: World.epoch(0)) == closed)
        let next = try #require(await world.archive.entries(of: World.epoch(1)).first)
        #expect((next.firstSequence, next.lastSequence) == (2, 2))
        #expect(next.previousEntry == closed[0].hash)
    }

    @Test("waits with small amounts until they are worth it, and forgets nothing of them")
    func minimumChange() async throws {
        let world = try World()
        try await world.subscribe(acme)
        let line = { (tokens: Int64) in [SKULine(sku: SKU(rawValue: "claude-haiku-5-5/input"), quantity: tokens)] }
        func call(_ number: Int, tokens: Int64, at minute: Int64) -> UsageEvent {
            let book = CallFactory.books[0]
            return UsageEvent(
                id: EventID(rawValue: "msg_\(number)"), customer: acme, session: SessionID(rawValue: "s"), key: .none,
                model: "claude-haiku-5-5", time: World.minute(minute), lines: line(tokens),
                charge: Rating.charge(for: line(tokens), book: book), priceBook: book.hash, quality: .exact,
                source: .gateway)
        }
        var charges: [PicoUSD] = []
        for (minute, tokens) in [400, 400, 199, 1, 999, 5_000].enumerated() {
            let call = call(minute, tokens: Int64(tokens), at: Int64(minute))
            charges.append((charges.last ?? .zero) + call.amount)
            _ = try await world.usage.append([call])
            _ = try await world.worker().run(at: World.minute(Int64(minute) + 1))
            let settled = try #require(await world.ledger.subscription(World.subscription(of: acme))).settled
            // 1,000 tokens are together after the fourth call, and again after the sixth (999 wait).
            let expected = minute < 3 ? PicoUSD.zero : minute < 5 ? charges[3] : charges[5]
            #expect(settled == expected, "after call \(minute)")
        }
    }

    @Test("settles what is small once the subscription is cancelled")
    func cancelledWithOpenUsage() async throws {
        let world = try World()
        try await world.subscribe(acme)
        var factory = CallFactory(seed: 4)
        var call = factory.call(of: acme, at: World.minute(0))
        call.lines = [SKULine(sku: SKU(rawValue: "claude-haiku-5-5/input"), quantity: 1)]
        call.charge = Rating.charge(for: call.lines, book: CallFactory.books[0])
        _ = try await world.usage.append([call])
        _ = try await world.worker().run(at: World.minute(1))
        let id = World.subscription(of: acme)
        #expect(try await world.ledger.subscription(id)?.settled == .zero)
        try await world.ledger.cancel(id, at: World.minute(1))
        _ = try await world.worker().run(at: World.minute(2))
        #expect(try await world.ledger.subscription(id)?.settled == call.amount)
    }

    @Test("closes the running epoch early when too much is not settled")
    func threshold() async throws {
        var world = try World()
        world.policy.threshold = PicoUSD(PicoUSD.dollar.rawValue / 10)
        try await world.subscribe(acme)
        var factory = CallFactory(seed: 5)
        var total = PicoUSD.zero
        while total < PicoUSD(PicoUSD.dollar.rawValue / 10) {
            #expect(try await world.worker().run(at: World.minute(0)) == [.idle(until: World.minute(1))])
            let call = factory.call(of: acme, at: World.minute(0))
            total += call.amount
            _ = try await world.usage.append([call])
        }
        let progress = try await world.worker().run(at: World.minute(0, seconds: 30))
        #expect(progress.first == .closed(World.epoch(0)))
        #expect(try await world.ledger.balance(of: .earnings(.operator)) == total)
        // What comes afterwards in the same minute is in the next epoch.
        _ = try await world.usage.append([factory.call(of: acme, at: World.minute(0, seconds: 40))])
        _ = try await world.worker().run(at: World.minute(1))
        #expect(try await world.archive.latest()?.epoch == World.epoch(0))
        _ = try await world.worker().run(at: World.minute(2))
        #expect(try await world.archive.latest()?.epoch == World.epoch(1))
    }

    @Test("settles what was owed when the customer pays in, with no new usage")
    func paysLater() async throws {
        let world = try World()
        try await world.subscribe(acme, paying: .zero)
        var factory = CallFactory(seed: 6)
        let calls = (0..<5).map { _ in factory.call(of: acme, at: World.minute(0)) }
        let total = calls.reduce(PicoUSD.zero) { $0 + $1.amount }
        _ = try await world.usage.append(calls)
        _ = try await world.worker().run(at: World.minute(1))
        let id = World.subscription(of: acme)
        #expect(try await world.ledger.subscription(id)?.unsettled == total)
        for minute in 2...4 {
            #expect(
                try await world.worker().run(at: World.minute(Int64(minute))) == [
                    .idle(until: World.minute(Int64(minute) + 1))
                ])
        }
        try await world.ledger.deposit(
            total, to: id, reference: TransferReference(rawValue: "late"), at: World.minute(4))
        let progress = try await world.worker().run(at: World.minute(5))
        #expect(progress.first == .closed(World.epoch(4)))
        #expect(try await world.ledger.subscription(id)?.unsettled == .zero)
        #expect(try await world.archive.latest()?.receipts == 0)
    }

    @Test("a paused subscription owes, and is settled when it goes on")
    func paused() async throws {
        let world = try World()
        try await world.subscribe(acme)
        let id = World.subscription(of: acme)
        try await world.ledger.pause(id, at: World.minute(0))
        var factory = CallFactory(seed: 7)
        let calls = (0..<5).map { _ in factory.call(of: acme, at: World.minute(0)) }
        _ = try await world.usage.append(calls)
        _ = try await world.worker().run(at: World.minute(1))
        #expect(try await world.ledger.subscription(id)?.settled == .zero)
        try await world.ledger.resume(id, at: World.minute(1))
        _ = try await world.worker().run(at: World.minute(2))
        #expect(try await world.ledger.subscription(id)?.settled == calls.reduce(.zero) { $0 + $1.amount })
    }

    @Test("an event without a price blocks its own settlement and no other")
    func unpriced() async throws {
        let world = try World()
        try await world.subscribe(acme)
        var factory = CallFactory(seed: 8)
        var unpriced = factory.call(of: acme, at: World.minute(0))
        unpriced.lines = [SKULine(sku: SKU(rawValue: "claude-unheard-of-1/input"), quantity: 10)]
        unpriced.charge = Rating.charge(for: unpriced.lines, book: CallFactory.books[0])
        var calls = (0..<9).map { _ in factory.call(of: acme, at: World.minute(0)) }
        calls.insert(unpriced, at: 4)
        _ = try await world.usage.append(calls)
        _ = try await world.worker().run(at: World.minute(1))
        let entry = try #require(await world.archive.entries(of: World.epoch(0)).first)
        #expect(entry.count == 10)
        #expect(entry.unpriced >= 1)
        #expect(
            try await world.ledger.subscription(World.subscription(of: acme))?.settled
                == calls.reduce(.zero) { $0 + $1.amount })
    }

    @Test("batches hold at most a thousand subscriptions")
    func manySubscriptions() async throws {
        let world = try World()
        var factory = CallFactory(seed: 9)
        for number in 0..<1_203 {
            let customer = CustomerID(rawValue: "customer-\(number)")
            try await world.subscribe(customer)
            var call = factory.call(of: customer, at: World.minute(0))
            call.lines = [SKULine(sku: SKU(rawValue: "claude-opus-5-5/input"), quantity: 5_000)]
            call.charge = Rating.charge(for: call.lines, book: CallFactory.books[0])
            _ = try await world.usage.append([call])
        }
        let progress = try await world.worker().run(at: World.minute(1))
        #expect(progress.contains(.planned(World.epoch(0), batches: 2)))
        #expect(try await world.store.batches(of: World.epoch(0)).map(\.batch.items.count) == [1_000, 203])
        #expect(try await world.store.report(of: World.epoch(0))?.findings == [])
    }

    @Test("one of two oracles works, and the other takes over when its lease ends")
    func lease() async throws {
        let world = try World()
        var factory = CallFactory(seed: 10)
        _ = try await world.usage.append([factory.call(of: acme, at: World.minute(0))])
        let (first, second) = (world.worker("first"), world.worker("second"))
        #expect(try await first.step(at: World.minute(1)) == .closed(World.epoch(0)))
        #expect(try await second.step(at: World.minute(1, seconds: 29)) == .standby)
        #expect(try await second.step(at: World.minute(1, seconds: 30)) == .attested(World.epoch(0)))
        #expect(try await first.step(at: World.minute(1, seconds: 31)) == .standby)
        try await second.resign()
        #expect(try await first.step(at: World.minute(1, seconds: 32)) == .planned(World.epoch(0), batches: 0))
    }

    @Test("a clock that jumped far ahead closes nothing until somebody confirms it")
    func unsafeClock() async throws {
        let world = try World()
        var factory = CallFactory(seed: 11)
        _ = try await world.usage.append([factory.call(of: acme, at: World.minute(0))])
        _ = try await world.worker().run(at: World.minute(1))
        _ = try await world.usage.append([factory.call(of: acme, at: World.minute(2))])
        let far: Int64 = 60 * 24 * 365
        await #expect { try await world.worker().run(at: World.minute(far)) } throws: { error in
            let error = error as? OracleError
            return error?.code == .unsafeClock
                && error?.message.contains("--confirm-epoch \(World.epoch(far))") == true
        }
        #expect(try await world.archive.latest()?.epoch == World.epoch(0))
        // The clock was set right again: all goes on.
        #expect(try await world.worker().run(at: World.minute(3)).first == .closed(World.epoch(2)))
        // The clock is right, and somebody says so.
        _ = try await world.usage.append([factory.call(of: acme, at: World.minute(far))])
        let progress = try await world.worker().run(at: World.minute(far + 1), confirmedEpoch: World.epoch(far + 1))
        #expect(progress.first == .closed(World.epoch(far)))
        // From then on without.
        #expect(try await world.worker().run(at: World.minute(far + 1)) == [.idle(until: World.minute(far + 2))])
    }

    @Test("an oracle that runs with nothing to do keeps the clock believed")
    func quietWeeks() async throws {
        let world = try World()
        var factory = CallFactory(seed: 12)
        _ = try await world.usage.append([factory.call(of: acme, at: World.minute(0))])
        _ = try await world.worker().run(at: World.minute(1))
        for day in 1...30 { _ = try await world.worker().run(at: World.minute(Int64(day) * 60 * 24)) }
        _ = try await world.usage.append([factory.call(of: acme, at: World.minute(31 * 60 * 24))])
        #expect(
            try await world.worker().run(at: World.minute(31 * 60 * 24 + 1)).first
                == .closed(World.epoch(31 * 60 * 24)))
    }

    @Test("a clock that was set back closes nothing twice")
    func clockBack() async throws {
        let world = try World()
        try await world.subscribe(acme)
        var factory = CallFactory(seed: 13)
        var total = PicoUSD.zero
        for minute in [5, 2, 3, 9] as [Int64] {
            let call = factory.call(of: acme, at: World.minute(minute))
            total += call.amount
            _ = try await world.usage.append([call])
            _ = try await world.worker().run(at: World.minute(minute + 1))
        }
        #expect(try await world.archive.commitments(before: nil, limit: 9).map(\.epoch) == [9, 5].map(World.epoch))
        #expect(try await world.archive.latest()?.cumulativeCharge == total)
    }

    @Test("a restored usage store, whose positions are others, is read from its start")
    func wrongPosition() async throws {
        let world = try World()
        var factory = CallFactory(seed: 14)
        let b = CustomerID(rawValue: "b.corp")
        let (first, second) = (
            (0..<5).map { _ in factory.call(of: acme, at: World.minute(0)) },
            (0..<5).map { _ in factory.call(of: b, at: World.minute(1)) }
        )
        _ = try await world.usage.append(first)
        _ = try await world.worker().run(at: World.minute(1))
        // The same receipts arrived in another order, so that those of b stand where those of acme had stood.
        let restored = try World(usage: MemoryUsageStore(), store: world.store)
        _ = try await restored.usage.append(second + first)
        _ = try await restored.usage.append([factory.call(of: b, at: World.minute(1))])
        #expect(try await restored.worker().run(at: World.minute(2)).first == .closed(World.epoch(1)))
        let entries = try await restored.archive.entries(of: World.epoch(1))
        #expect(entries.map(\.customer) == [b])
        #expect(entries[0].count == 6)
    }

    @Test("a changed receipt keeps the epoch open, and what to do is said")
    func brokenChain() async throws {
        let world = try World(
            usage: TamperedUsageStore { if $0.count > 2 { $0[2].event.charge = .priced(PicoUSD(1)) } })
        var factory = CallFactory(seed: 15)
        _ = try await world.usage.append((0..<5).map { _ in factory.call(of: acme, at: World.minute(0)) })
        await #expect { try await world.worker().run(at: World.minute(1)) } throws: { error in
            let error = error as? OracleError
            return error?.code == .brokenChain && error?.message.contains("flowmeter events verify") == true
        }
        #expect(try await world.archive.latest() == nil)
    }

    @Test("receipts of one commit may come in any order")
    func anyOrder() async throws {
        let world = try World(usage: TamperedUsageStore { $0.reverse() })
        var factory = CallFactory(seed: 17)
        _ = try await world.usage.append((0..<40).map { _ in factory.call(at: World.minute(0)) })
        #expect(try await world.worker().run(at: World.minute(1)).first == .closed(World.epoch(0)))
        #expect(try await world.archive.latest()?.receipts == 40)
    }

    @Test("a receipt that is missing, or there twice, keeps the epoch open", arguments: [true, false])
    func missingReceipt(isTwice: Bool) async throws {
        let world = try World(
            usage: TamperedUsageStore { events in
                if events.count > 3 { if isTwice { events.append(events[1]) } else { events.remove(at: 1) } }
            })
        var factory = CallFactory(seed: 18)
        _ = try await world.usage.append((0..<5).map { _ in factory.call(of: acme, at: World.minute(0)) })
        await #expect { try await world.worker().run(at: World.minute(1)) } throws: {
            ($0 as? OracleError)?.code == .brokenChain
        }
    }

    @Test("a ledger that is down delays no commitment")
    func ledgerDown() async throws {
        struct Down: SettlementChannel {
            func submit(_ batch: SettlementBatch, at time: Timestamp) async throws(OracleError) -> Submission {
                throw OracleError(.ledgerFailed, "down")
            }
            func status(of name: String) async throws(OracleError) -> Submission { .lost }
        }
        let world = try World()
        try await world.subscribe(acme)
        var factory = CallFactory(seed: 16)
        var total = PicoUSD.zero
        for minute in 0..<4 as Range<Int64> {
            let calls = (0..<5).map { _ in factory.call(of: acme, at: World.minute(minute)) }
            total += calls.reduce(.zero) { $0 + $1.amount }
            _ = try await world.usage.append(calls)
            let worker = world.worker(channel: Down())
            await #expect(throws: OracleError.self) { try await worker.run(at: World.minute(minute + 1)) }
            #expect(try await world.archive.latest()?.epoch == World.epoch(minute))
        }
        _ = try await world.worker().run(at: World.minute(4))
        #expect(try await world.ledger.subscription(World.subscription(of: acme))?.settled == total)
    }
}
