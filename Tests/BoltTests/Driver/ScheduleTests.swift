import NIOCore
import Testing

@testable import Bolt

/// A thousand random lives of a driver: servers that die anywhere, tasks that are cancelled anywhere.
@Suite struct ScheduleTests {
    /// Where the server of a connection dies, counted in its answers; beyond them it lives.
    private static func serve(_ side: inout ServerSide, dyingAfter limit: Int, politely: Bool) async throws {
        var answers = 0
        func answer(_ side: ServerSide, _ tag: UInt8, _ field: TestValue?) async throws {
            guard answers < limit else {
                if !politely { try await side.abort() }
                throw CancellationError()
            }
            answers += 1
            try await side.send(tag, field)
        }
        try await side.shakeHands(BoltVersion(5, 4))
        while let message = try await side.next() {
            switch message.tag {
            case 0x02: return
            case 0x10:
                try await answer(side, 0x70, .map([.init(key: "fields", value: .list([.string("x")]))]))
            case 0x3F:
                for row in 0..<3 { try await answer(side, 0x71, .list([.integer(Int64(row))])) }
                try await answer(side, 0x70, .map([]))
            default: try await answer(side, 0x70, .map([]))
            }
        }
    }

    @Test("No connection is lost or kept in a thousand random schedules", arguments: 0..<20)
    func schedules(_ round: Int) async throws {
        let seed = UInt64(round) &* 7919 &+ 0x5EED
        var generator = SeededGenerator(seed: seed)
        // Drawn beforehand, so that a schedule can be repeated.
        let deaths = (0..<5000).map { _ in Int.random(in: 0..<30, using: &generator) }
        let manners = (0..<5000).map { _ in Bool.random(using: &generator) }
        let schedules = (0..<50).map { _ in
            (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                (kind: Int.random(in: 0..<4, using: &generator), yields: Int.random(in: 0..<200, using: &generator))
            }
        }
        try await TestServer.run { side, number in
            try await Self.serve(&side, dyingAfter: deaths[number % 5000], politely: manners[number % 5000])
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { configuration in
                configuration.maximumPoolSize = 3
                configuration.maximumRetryTime = .zero
            }
            for schedule in schedules {
                await withTaskGroup(of: Void.self) { group in
                    for work in schedule {
                        group.addTask {
                            await withTaskGroup(of: Void.self) { inner in
                                inner.addTask { await Self.work(work.kind, driver) }
                                inner.addTask { for _ in 0..<work.yields { await Task.yield() } }
                                // Whichever ends first: half of the works are cancelled on their way.
                                await inner.next()
                                inner.cancelAll()
                            }
                        }
                    }
                }
                // A connection that is being reset comes back when the server has answered, or is gone.
                while let metrics = driver.poolMetrics.first, metrics.inUse > 0 { await Task.yield() }
                let metrics = driver.poolMetrics.first
                #expect(metrics.map { $0.waiting == 0 && $0.opening == 0 && $0.idle <= 3 } == true, "seed \(seed)")
                #expect(metrics.map { $0.opened - $0.closed == $0.idle } == true, "seed \(seed): \(metrics as Any)")
            }
            driver.close()
            #expect(driver.poolMetrics.first?.idle == 0)
        }
    }

    private static func work(_ kind: Int, _ driver: BoltDriver) async {
        do {
            switch kind {
            case 0: _ = try await driver.executeQuery("RETURN 1")
            case 1: _ = try await driver.executeTransaction(["RETURN 1", "RETURN 2"])
            case 2:
                try await driver.withSession { session in
                    let result = try await session.run("RETURN 1")
                    for try await record in result where record[0] == 1 { break }
                }
            default:
                try await driver.withSession { session in
                    try await session.executeWrite { transaction in
                        _ = try await transaction.run("RETURN 1")
                        for try await _ in try await transaction.run("RETURN 2") {}
                    }
                }
            }
        } catch {
            // Every failure is allowed here; what matters is what is left behind.
        }
    }
}
