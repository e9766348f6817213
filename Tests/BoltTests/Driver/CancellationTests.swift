import NIOCore
import Testing

@testable import Bolt

/// Work that is given up leaves no connection behind in a state that nobody knows.
@Suite struct CancellationTests {
    /// Starts `work` on a driver, waits until the server says so, cancels it, and waits for the server to see the end.
    private func cancel(
        whenServer reaches: @escaping TestServer.Handler, _ work: @escaping @Sendable (BoltDriver) async throws -> Void
    ) async throws {
        let (reached, reach) = AsyncStream.makeStream(of: Void.self)
        let (left, leave) = AsyncStream.makeStream(of: Void.self)
        try await TestServer.run { side, number in
            guard number == 0 else { return try await side.serveAll() }
            try await reaches(&side, number)
            reach.yield()
            while let message = try await side.next() {
                if message.tag == 0x0F { throw ServerSide.Fault("the connection was kept") }
            }
            leave.yield()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { $0.maximumPoolSize = 1 }
            defer { driver.close() }
            let error = await withTaskGroup(of: (any Error)?.self) { group in
                group.addTask {
                    do { try await work(driver) } catch { return error }
                    return nil
                }
                for await _ in reached { break }
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect((error as? BoltError)?.code == .cancelled || (error as? BoltError)?.code == .commitOutcomeUnknown)
            for await _ in left { break }
            #expect(driver.poolMetrics.map(\.inUse) == [0])
            #expect(driver.poolMetrics.map(\.idle) == [0])
            // The one place in the pool is free again.
            #expect(try await driver.executeQuery("RETURN 1").records.count == 1)
        }
    }

    @Test("Waiting for the version")
    func handshake() async throws {
        try await cancel { side, _ in
            _ = try await side.bytes(20)
        } _: {
            try await $0.verifyConnectivity()
        }
    }

    @Test("Waiting for the authentication")
    func authentication() async throws {
        try await cancel { side, _ in
            try await side.shakeHands(.v54)
            try await side.expect(0x01)
            try await side.expect(0x6A)
        } _: {
            try await $0.verifyConnectivity()
        }
    }

    @Test("Waiting for a query to run")
    func run() async throws {
        try await cancel { side, _ in
            try await side.accept()
            try await side.expect(0x10)
            try await side.expect(0x3F)
        } _: { driver in
            try await driver.withSession { session in _ = try await session.run("RETURN 1") }
        }
    }

    @Test("Waiting for records")
    func records() async throws {
        try await cancel { side, _ in
            try await side.accept()
            try await side.expect(0x10)
            try await side.expect(0x3F)
            try await side.success(["fields": .list([.string("x")])])
            try await side.record(.integer(1))
        } _: { driver in
            try await driver.withSession { session in for try await _ in try await session.run("RETURN 1") {} }
        }
    }

    @Test("Waiting for a commit")
    func commit() async throws {
        try await cancel { side, _ in
            try await side.accept()
            try await side.expect(0x11)
            try await side.success()
            try await side.serveRows([1])
            try await side.expect(0x12)
        } _: { driver in
            try await driver.executeQuery("CREATE ()")
        }
    }

    @Test("A task that is cancelled before its commit is sent does not commit, and knows it")
    func beforeCommit() async throws {
        try await TestServer.run { side, number in
            try await side.accept()
            guard number == 0 else { return try await side.serveEverything() }
            while let message = try await side.next() {
                if message.tag == 0x12 { throw ServerSide.Fault("committed") }
                try await side.success(["fields": .list([])])
            }
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { $0.maximumPoolSize = 1 }
            defer { driver.close() }
            let error = await withTaskGroup(of: (any Error)?.self) { group in
                group.addTask {
                    do {
                        try await driver.withSession { session in
                            try await session.withTransaction { transaction in
                                _ = try await transaction.execute("CREATE ()")
                                withUnsafeCurrentTask { $0?.cancel() }
                            }
                        }
                    } catch { return error }
                    return nil
                }
                return await group.next() ?? nil
            }
            #expect((error as? BoltError)?.code == .cancelled)
            #expect(try await driver.executeQuery("RETURN 1").records.count == 1)
        }
    }

    /// A clock that tells when somebody sleeps, and wakes nobody but the cancelled.
    private struct StalledClock: Clock {
        let asleep: AsyncStream<Void>.Continuation
        var now: ContinuousClock.Instant { .now }
        var minimumResolution: Duration { .zero }

        func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
            asleep.yield()
            try await Task.sleep(for: .seconds(86_400))
        }
    }

    @Test("A task that waits for its next try gives up with the failure of the last one")
    func pause() async throws {
        let (slept, sleep) = AsyncStream.makeStream(of: Void.self)
        try await TestServer.run { side, _ in
            try await side.accept()
            while let message = try await side.next() {
                switch message.tag {
                case 0x10: try await side.failure("Neo.TransientError.Transaction.DeadlockDetected")
                case 0x3F: try await side.ignored()
                default: try await side.success()
                }
            }
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)", clock: StalledClock(asleep: sleep))
            defer { driver.close() }
            let error = await withTaskGroup(of: BoltError?.self) { group in
                group.addTask {
                    do throws(BoltError) { try await driver.executeQuery("RETURN 1") } catch { return error }
                    return nil
                }
                for await _ in slept { break }
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect(error?.server?.code == "Neo.TransientError.Transaction.DeadlockDetected")
        }
    }

    @Test("A task that waits in the queue leaves it, and the next one is served")
    func queue() async throws {
        let (queued, enqueue) = AsyncStream.makeStream(of: Void.self)
        try await TestServer.run { side, _ in
            try await side.serveAll()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { $0.maximumPoolSize = 1 }
            defer { driver.close() }
            try await driver.withSession { session in
                try await session.withTransaction { transaction in
                    _ = try await transaction.run("RETURN 1")
                    let error = await withTaskGroup(of: (any Error)?.self) { group in
                        group.addTask {
                            do { try await driver.executeQuery("RETURN 2") } catch { return error }
                            return nil
                        }
                        group.addTask {
                            while driver.poolMetrics.first?.waiting != 1 { await Task.yield() }
                            enqueue.yield()
                            return CancellationError()
                        }
                        for await _ in queued { break }
                        group.cancelAll()
                        var errors: [BoltError] = []
                        for await error in group { if let error = error as? BoltError { errors.append(error) } }
                        return errors.first
                    }
                    #expect(error?.code == .cancelled)
                    #expect(driver.poolMetrics.first?.waiting == 0)
                }
            }
            #expect(try await driver.executeQuery("RETURN 3").records.count == 1)
        }
    }
}

extension ServerSide {
    /// Accepts the client and answers everything.
    mutating func serveAll() async throws {
        try await accept()
        try await serveEverything()
    }
}
