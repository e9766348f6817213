import Metering
import MeteringConformance
import OracleChaos

@testable import Oracle

/// An oracle that is killed somewhere in its work more often than not.
protocol ChaosOracle: Sendable {
    /// What the oracle works on.
    var world: World { get }
    /// Lets it work at a moment until it has nothing left to do, waits, fails or dies.
    func work(as holder: String, at time: Timestamp, _ random: inout SeededGenerator) async throws
    /// How often it was killed.
    var kills: Int { get async }
}

/// In memory, where a kill is an error at one of the writes: thousands of them in a second.
actor OracleInMemory: ChaosOracle {
    nonisolated let world: World
    private(set) var kills = 0
    private let inner: World
    private let killer = Killer()

    init(unit: PicoUSD) throws {
        let store = MemoryOracleStore()
        var world = try World(store: store, unit: unit)
        world.policy = ChaosFiles.policy
        world.plans = try PlanDirectory(json: Chaos.plans)
        self.world = world
        inner = world.with(store: CrashingOracleStore(store, killer))
    }

    func work(as holder: String, at time: Timestamp, _ random: inout SeededGenerator) async throws {
        let dies = Int.random(in: 0..<100, using: &random) < 70
        killer.arm(dies ? Int.random(in: 0..<16, using: &random) : nil)
        let channel: any SettlementChannel =
            if Bool.random(using: &random) {
                CrashingSettlement(world.ledger, killer)
            } else {
                SlowSettlement(world.ledger, seed: random.next())
            }
        do { _ = try await inner.worker(holder, channel: channel).run(at: time, limit: 50) } catch {
            // Killed, or the clock was not believed: the next run goes on from what is durable.
            kills += dies ? 1 : 0
        }
        killer.arm(nil)
    }
}

/// In files, where a kill is SIGKILL to a process of its own, by itself at a write or from outside at any moment.
actor OracleInFiles: ChaosOracle {
    nonisolated let world: World
    private(set) var kills = 0
    private let directory: OracleDirectory

    init(unit: PicoUSD) throws {
        directory = try OracleDirectory(plans: Chaos.plans)
        world = try World(directory.files, unit: unit)
    }

    func work(as holder: String, at time: Timestamp, _ random: inout SeededGenerator) async throws {
        let point = Int.random(in: 0..<24, using: &random)
        let kill: OracleProcess.Kill? =
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4: .atHalfStep(point)
            case 4..<8: .after(point)
            default: nil
            }
        // That it fails, because the clock is not to be believed, is part of it.
        if try OracleProcess.run(in: directory, holder: holder, at: time, kill: kill) == .killed { kills += 1 }
    }
}
