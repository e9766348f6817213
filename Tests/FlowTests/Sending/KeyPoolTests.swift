import FlowMockNode
import Synchronization
import Testing

@testable import Flow

@Suite("Pools of proposal keys", .timeLimit(.minutes(10)))
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

    /// A chain whose account has a key of the harness's signer, and behind it one of another.
    private static func withForeignKey(_ body: (ChainHarness) async throws -> Void) async throws {
        let other = MockAccountKey(publicKey: try FlowPrivateKey.generate().publicKey.rawRepresentation)
        try await ChainHarness.with(
            keys: 1, { $0.chain.accounts[ChainHarness.mockAddress]?.keys.append(other) }, body)
    }

    @Test func `a key of another signer is given up, and without any key it says so`() async throws {
        try await Self.withForeignKey { harness in
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

    @Test func `a transaction from before that is followed late does not set a key back`() async throws {
        try await ChainHarness.with { harness in
            let pool = try harness.pool()
            let first = try await pool.take()
            pool.release(first, .used)
            pool.release(try await pool.take(), .used)
            pool.reserve(first)
            pool.release(first, .used, isExact: false)
            let third = try await pool.take()
            #expect(third.sequenceNumber == 2)
            pool.release(third, .next(7))
            pool.release(try await pool.take(), .unknown)
            pool.reserve(first)
            pool.release(first, .used, isExact: false)
            // The chain is asked: it says 0, but the first number is known to be used.
            #expect(try await pool.take().sequenceNumber == 1)
        }
    }

    @Test func `after a crash the chain is asked, as others may have used the key since`() async throws {
        try await ChainHarness.with(
            keys: 0,
            { configuration in
                var key = ChainHarness.key()
                key.sequenceNumber = 9
                configuration.chain.accounts[ChainHarness.mockAddress] = .init(keys: [key])
            }
        ) { harness in
            let pool = try harness.pool()
            let lease = KeyPool.Lease(keyIndex: 0, sequenceNumber: 7)
            pool.reserve(lease)
            pool.release(lease, .used, isExact: false)
            #expect(try await pool.take().sequenceNumber == 9)
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

    @Test func `who got a bad key first keeps the place in the queue`() async throws {
        try await Self.withForeignKey { harness in
            let isRead = Mutex(false)
            let hooked = try harness.hooked { (request, pass) throws(FlowError) in
                if request.path.contains("/keys/1") {
                    do { try await until { isRead.withLock { $0 } } } catch { throw FlowError(.closed, "cancelled") }
                }
                return try await pass()
            }
            let pool = try hooked.pool(0...1)
            let lease = try await pool.take()
            let first = Task { try await pool.take() }
            try await until { pool.statistics.inFlight == 2 }
            let second = Task { try await pool.take() }
            try await until { pool.statistics.waiting == 1 }
            isRead.withLock { $0 = true }
            try await until { pool.statistics.waiting == 2 }
            pool.release(lease, .used)
            #expect(try await first.end() == KeyPool.Lease(keyIndex: 0, sequenceNumber: 1))
            #expect(pool.statistics.waiting == 1)
            pool.release(KeyPool.Lease(keyIndex: 0, sequenceNumber: 1), .used)
            #expect(try await second.end().sequenceNumber == 2)
        }
    }

    @Test func `a key that a node refuses to tell about is an error, and is tried again by the next caller`()
        async throws
    {
        try await ChainHarness.with { harness in
            let isRefused = Mutex(true)
            let hooked = try harness.hooked { (request, pass) throws(FlowError) in
                guard isRefused.withLock({ $0 }) else { return try await pass() }
                return .json(#"{"code":400,"message":"invalid address"}"#, status: 400)
            }
            let pool = try hooked.pool()
            let error = await #expect(throws: FlowError.self) { try await pool.take() }
            #expect(error?.code == .refused)
            isRefused.withLock { $0 = false }
            #expect(try await pool.take().sequenceNumber == 0)
        }
    }

    @Test func `a key with another hash than the signer's is given up`() async throws {
        try await ChainHarness.with { harness in
            let pool = try KeyPool(
                client: harness.client, address: ChainHarness.address, keyIndices: [0],
                signer: InMemorySigner(ChainHarness.signer.key, hash: .sha2))
            let error = await #expect(throws: FlowError.self) { try await pool.take() }
            #expect(error?.code == .noKey)
        }
    }

    @Test func `two transactions of an earlier run never get the same number of a key`() async throws {
        try await ChainHarness.with { harness in
            let pool = try harness.pool()
            let leases = [7, 8].map { KeyPool.Lease(keyIndex: 0, sequenceNumber: $0) }
            for lease in leases { pool.reserve(lease) }
            #expect(try await pool.renew(leases[0], .next(7)) == leases[0])
            #expect(try await pool.renew(leases[1], .next(7)) == nil)
            // It has given the key back with that.
            #expect(try await pool.renew(leases[1], .next(9)) == nil)
            #expect(pool.statistics.inFlight == 1)
            pool.release(leases[0], .used)
            #expect(pool.statistics.idle == 1)
        }
    }

    @Test func `a caller that goes away before it has asked gets nothing, and leaves nothing`() async throws {
        try await ChainHarness.with { harness in
            let pool = try harness.pool()
            let lease = try await pool.take()
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await pool.take()
            }
            let error = await #expect(throws: FlowError.self) { try await task.end() }
            #expect(error?.code == .closed)
            #expect(pool.statistics == KeyPool.Statistics(idle: 0, inFlight: 1, waiting: 0, lost: 0))
            pool.release(lease, .used)
            #expect(try await pool.take().sequenceNumber == 1)
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
