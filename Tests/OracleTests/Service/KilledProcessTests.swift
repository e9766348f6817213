import Metering
import OracleChaos
import Testing

@testable import Oracle

/// The same as ``CrashTests`` with processes that are really killed, on files.
@Suite("Killing the oracle's process with SIGKILL")
struct KilledProcessTests {
    @Test("at each half step of an epoch's work, one after the other, leads to the same end", arguments: [false, true])
    func everyHalfStep(fromOutside: Bool) async throws {
        let directory = try OracleDirectory()
        let world = try World(directory.files)
        var history = try await ShortHistory(world, seed: 7)
        var point = 0
        while point < 100 {
            let now = World.minute(Int64(point) + 1)
            try await history.use(minute: Int64(point))
            let end = try OracleProcess.run(
                in: directory, at: now, kill: fromOutside ? .after(point) : .atHalfStep(point))
            point += 1
            if case .finished = end, !fromOutside { break }
            // A kill from outside may come a moment after the process has ended.
            if !fromOutside { #expect(end == .killed, "half step \(point - 1)") }
            if fromOutside, point > 30 { break }
            guard case .finished(let last) = try OracleProcess.run(in: directory, at: now) else {
                Issue.record("the oracle does not come to an end after half step \(point - 1)")
                return
            }
            #expect(last.hasPrefix("idle"), "half step \(point - 1): \(last)")
        }
        // Close, attest, plan, send, keep the outcome, reconcile, and the lease each time: two half steps each.
        #expect((24..<100).contains(point), "the work was too short, or never ended: \(point)")
        _ = try OracleProcess.run(in: directory, at: World.minute(Int64(point)))
        let end = try await history.end(in: world.store)
        #expect(end.settlements > point)
        let expected = try await undisturbed(minutes: Int64(point))
        #expect(end == expected)
    }

    /// The same history in memory, with an oracle that nobody kills.
    private func undisturbed(minutes: Int64) async throws -> ShortHistory.End {
        var world = try World()
        world.policy = ChaosFiles.policy
        var history = try await ShortHistory(world, seed: 7)
        for minute in 0..<minutes {
            try await history.use(minute: minute)
            _ = try await world.worker().run(at: World.minute(minute + 1), limit: 100)
        }
        return try await history.end(in: world.store)
    }
}
