import Metering

extension OracleStoreConformance {
    static let outboxChecks = [
        Check("a plan stays as it was first made, also when it is empty") { harness in
            try await withEpochs(harness) { store in
                try expect(try await store.isPlanned(Epoch(5)), equals: false, "before it is planned")
                try await store.plan([batch(5, 1), batch(5, 2)], for: Epoch(5))
                try await store.plan([batch(5, 3)], for: Epoch(5))
                try await store.plan([], for: Epoch(6))
                try await store.plan([batch(6, 1)], for: Epoch(6))
            } then: { store in
                try expect(try await store.isPlanned(Epoch(5)), equals: true, "once it is planned")
                try expect(try await store.isPlanned(Epoch(6)), equals: true, "with nothing to do")
                let planned = try await store.batches(of: Epoch(5))
                try expect(planned.map(\.batch), equals: [batch(5, 1), batch(5, 2)], "the batches")
                try expect(planned.map(\.id.index), equals: [0, 1], "their places")
                try expect(planned.map(\.state), equals: [.pending, .pending], "their states")
                try expect(try await store.batches(of: Epoch(6)), equals: [], "batches of an empty plan")
            }
        },
        Check("batches are done in order, and a confirmed one stays confirmed") { harness in
            let outcomes: [SettlementOutcome] = [
                .settled(.init(moved: PicoUSD(7), unsettled: PicoUSD(1 << 90), limits: [.escrow, .periodCap])),
                .repeated, .superseded, .refused(.decreased),
            ]
            let ids = [
                OutboxBatchID(epoch: Epoch(5), index: 0), OutboxBatchID(epoch: Epoch(5), index: 1),
                OutboxBatchID(epoch: Epoch(6), index: 0),
            ]
            try await withEpochs(harness) { store in
                try expect(try await store.firstOpenBatch(), equals: nil, "the first of no batches")
                try await store.plan([batch(6, 3)], for: Epoch(6))
                try await store.plan([batch(5, 1), batch(5, 2)], for: Epoch(5))
                try expect(try await store.firstOpenBatch()?.id, equals: ids[0], "the first batch")
                try expect(try await store.openBatchCount(), equals: 3, "open batches")
                try await store.set(.submitted("tx-1"), of: ids[0])
                try expect(try await store.firstOpenBatch()?.state, equals: .submitted("tx-1"), "a sent batch")
                try await store.set(.pending, of: ids[0])
                try expect(try await store.firstOpenBatch()?.state, equals: .pending, "a lost batch")
                try await store.set(.confirmed(outcomes), of: ids[0])
                try await store.set(.pending, of: ids[0])
                try await store.set(.confirmed([]), of: ids[0])
                try await store.set(.submitted("tx-2"), of: ids[1])
                try await expect(.notFound, "a batch that does not exist") {
                    try await store.set(.pending, of: OutboxBatchID(epoch: Epoch(5), index: 2))
                }
            } then: { store in
                let states = try await store.batches(of: Epoch(5)).map(\.state)
                try expect(states, equals: [.confirmed(outcomes), .submitted("tx-2")], "the states")
                try await store.set(.confirmed([]), of: ids[1])
                try expect(try await store.firstOpenBatch()?.id, equals: ids[2], "the batch of the next epoch")
                try await store.set(.confirmed([]), of: ids[2])
                try expect(try await store.firstOpenBatch(), equals: nil, "the first open batch when all are done")
                try expect(try await store.openBatchCount(), equals: 0, "open batches when all are done")
            }
        },
        Check("reports are kept once") { harness in
            let report = ReconciliationReport(
                epoch: Epoch(5), items: 3, moved: PicoUSD(1 << 100), unsettled: PicoUSD(12),
                findings: ["one \"finding\"", "more: é"])
            try await withEpochs(harness) { store in
                try expect(try await store.report(of: Epoch(5)), equals: nil, "no report")
                try await store.plan([], for: Epoch(5))
                try await store.store(report)
                var other = report
                other.items = 4
                try await store.store(other)
            } then: { store in
                try expect(try await store.report(of: Epoch(5)), equals: report, "the first report")
            }
        },
    ]

    static let leaseChecks = LeaderLeaseConformance.checks.map { check in
        Check(check.description) { harness in
            try await harness.withStore {
                try await check.run($0)
            } then: {
                try await check.runAgain($0)
            }
        }
    }

    /// Runs a check with a store that has epochs 5 and 6.
    private static func withEpochs(
        _ harness: OracleStoreHarness, _ before: (any OracleStore) async throws -> Void,
        then after: (any OracleStore) async throws -> Void
    ) async throws {
        var history = EpochHistory()
        let (first, second) = (history.epoch(5, ["a": 2]), history.epoch(6, ["a": 1]))
        try await harness.withStore { store in
            for closed in [first, second] { try await store.store(closed.commitment, entries: closed.entries) }
            try await before(store)
        } then: {
            try await after($0)
        }
    }

    private static func batch(_ epoch: Int64, _ number: UInt64) -> SettlementBatch {
        SettlementBatch(
            epoch: Epoch(epoch),
            items: [
                SettlementItem(
                    subscription: SubscriptionID(rawValue: "sub-\(number)"),
                    cumulativeCharge: PicoUSD(Int128(number) << 80),
                    customerRoot: Digest32(words: (number, 2, 3, 4)), priceBook: Digest32(words: (5, 6, 7, number)))
            ])
    }
}
