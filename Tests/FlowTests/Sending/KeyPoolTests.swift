import FlowMockNode
import Testing

@testable import Flow

@Suite("Pools of proposal keys")
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
            while pool.statistics.waiting < 3 { await Task.yield() }
            #expect(pool.statistics == KeyPool.Statistics(idle: 0, inFlight: 1, waiting: 3, lost: 0))
            waiters[1].cancel()
            let error = await #expect(throws: FlowError.self) { try await waiters[1].value }
            #expect(error?.code == .closed)
            pool.release(first, .used)
            let numbers = [try await waiters[0].value, try await waiters[2].value]
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
            while pool.statistics.lost == 0 { await Task.yield() }
            pool.release(lease, .used)
            #expect(try await waiter.value.keyIndex == 0)
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
