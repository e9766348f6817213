import FlowMockNode
import Testing

@testable import Flow

@Suite("Pools of proposal keys", .timeLimit(.minutes(1)))
struct KeyPoolTests {
    @Test func `keys are given out in turn, and numbers go on`() async throws {
        try await ChainHarness.with(keys: 3) { harness in
            let pool = try harness.pool(0...2)
            var taken: [UInt32] = []
            for _ in 0..<6 {
                let lease = try await pool.take()
                taken.append(lease.keyIndex)
                pool.release(lease, .used)
            }
            #expect(taken == [0, 1, 2, 0, 1, 2])
            let lease = try await pool.take()
            #expect(lease == KeyPool.Lease(keyIndex: 0, sequenceNumber: 2))
            #expect(harness.node.requestCount(.accountKeys) == 3)
            pool.release(lease, .unknown)
            for number in [1, 2] as [UInt32] {
                let other = try await pool.take()
                #expect(other.keyIndex == number)
                pool.release(other, .next(9))
            }
            #expect(try await pool.take().sequenceNumber == 0)
            #expect(try await pool.take() == KeyPool.Lease(keyIndex: 1, sequenceNumber: 9))
        }
    }

    @Test func `a key is never out twice, and who came first gets it first`() async throws {
        try await ChainHarness.with { harness in
            let pool = try harness.pool()
            let first = try await pool.take()
            let waiters = (0..<3).map { _ in
                Task {
                    let lease = try await pool.take()
                    pool.release(lease, .used)
                    return lease.sequenceNumber
                }
            }
            try await until { pool.statistics.waiting == 3 }
            #expect(pool.statistics == KeyPool.Statistics(idle: 0, inFlight: 1, waiting: 3, lost: 0))
            waiters[1].cancel()
            let error = await #expect(throws: FlowError.self) { try await waiters[1].end() }
            #expect(error?.code == .closed)
            pool.release(first, .used)
            let numbers = [try await waiters[0].end(), try await waiters[2].end()]
            // Tasks reach the pool in any order, but each gets the key once, with the number after the last one's.
            #expect(numbers.sorted() == [1, 2])
            #expect(pool.statistics == KeyPool.Statistics(idle: 1, inFlight: 0, waiting: 0, lost: 0))
        }
    }

    @Test func `a key of another signer is given up, and without any key it says so`() async throws {
        try await ChainHarness.with(
            keys: 1,
            { configuration in
                let other = MockAccountKey(
                    publicKey: (try? FlowPrivateKey.generate().publicKey.rawRepresentation) ?? [])
                configuration.chain.accounts[ChainHarness.mockAddress]?.keys.append(other)
            }
        ) { harness in
            let pool = try harness.pool(0...1)
            let lease = try await pool.take()
            #expect(lease.keyIndex == 0)
            let waiter = Task { try await pool.take() }
            try await until { pool.statistics.lost == 1 }
            pool.release(lease, .used)
            #expect(try await waiter.end().keyIndex == 0)
            let wrong = try harness.pool(1...1)
            let error = await #expect(throws: FlowError.self) { try await wrong.take() }
            #expect(error?.code == .noKey)
        }
    }

    @Test func `a key whose number cannot be read comes back`() async throws {
        try await ChainHarness.with { harness in
            let pool = try harness.pool()
            harness.node.inject(.status(503), on: .accountKeys, times: 7)
            #expect(try await pool.take().sequenceNumber == 0)
            #expect(harness.node.faultsMet[.status(503)] == 7)
        }
    }

    @Test func `a key that two transactions of an earlier run hold comes back with the last of them`() async throws {
        try await ChainHarness.with { harness in
            for order in [[0, 1], [1, 0]] as [[UInt64]] {
                let pool = try harness.pool()
                // The same transaction, told twice, is one.
                for number in [0, 1, 1] as [UInt64] {
                    pool.reserve(KeyPool.Lease(keyIndex: 0, sequenceNumber: number))
                }
                #expect(pool.statistics.inFlight == 1)
                pool.release(KeyPool.Lease(keyIndex: 0, sequenceNumber: order[0]), .used)
                #expect(pool.statistics == KeyPool.Statistics(idle: 0, inFlight: 1, waiting: 0, lost: 0))
                pool.release(KeyPool.Lease(keyIndex: 0, sequenceNumber: order[1]), .used)
                #expect(try await pool.take() == KeyPool.Lease(keyIndex: 0, sequenceNumber: 2))
                // What holds it now is nobody's of before.
                pool.release(KeyPool.Lease(keyIndex: 0, sequenceNumber: 2), .used)
                pool.release(KeyPool.Lease(keyIndex: 0, sequenceNumber: 0), .used)
                #expect(try await pool.take().sequenceNumber == 3)
            }
        }
    }

    @Test func `when one holder of a key does not know its number, the chain is asked`() async throws {
        try await ChainHarness.with { harness in
            let pool = try harness.pool()
            for number in [7, 8] as [UInt64] { pool.reserve(KeyPool.Lease(keyIndex: 0, sequenceNumber: number)) }
            pool.release(KeyPool.Lease(keyIndex: 0, sequenceNumber: 7), .unknown)
            pool.release(KeyPool.Lease(keyIndex: 0, sequenceNumber: 8), .used)
            #expect(try await pool.take().sequenceNumber == 0)
        }
    }

    @Test func `a pool has keys, each once`() async throws {
        try await ChainHarness.with { harness in
            for keys in [[], [1, 1]] as [[UInt32]] {
                #expect(throws: FlowError.self) {
                    try KeyPool(
                        client: harness.client, address: ChainHarness.address, keyIndices: keys,
                        signer: ChainHarness.signer)
                }
            }
        }
    }
}
