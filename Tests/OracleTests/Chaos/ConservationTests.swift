import Foundation
import Metering
import Testing

/// Whatever happens, money neither appears nor disappears; see ``Chaos/check(_:)``.
@Suite("Conservation")
struct ConservationTests {
    @Test("holds in short random histories", arguments: 0..<40 as Range<UInt64>)
    func shortHistories(seed: UInt64) async throws {
        let unit = [PicoUSD(1), PicoUSD(10_000_000_000), PicoUSD(777)][Int(seed % 3)]
        _ = try await run(OracleInMemory(unit: unit), seed: seed, steps: 60)
    }

    @Test("holds in a long one")
    func longHistory() async throws {
        let seed = Self.number("FLOWMETER_SEED", else: 2_026)
        let steps = Int(Self.number("FLOWMETER_CHAOS_STEPS", else: 700))
        let chaos = try await run(OracleInMemory(unit: PicoUSD(1)), seed: seed, steps: steps)
        #expect(chaos.money.capsChecked > 20, "seed \(seed): too little happened to prove anything")
    }

    /// FLOWMETER_CHAOS_STEPS makes it as long as you like; see dev/chaos.sh.
    @Test("holds in files, while the oracle's process is killed with SIGKILL again and again")
    func killedProcesses() async throws {
        let seed = Self.number("FLOWMETER_SEED", else: 2_026)
        let steps = Int(Self.number("FLOWMETER_CHAOS_STEPS", else: 250))
        let chaos = try await run(OracleInFiles(unit: PicoUSD(1)), seed: seed, steps: steps)
        let kills = await chaos.oracle.kills
        #expect(kills > steps / 20, "seed \(seed): too little happened to prove anything")
        #expect(chaos.money.capsChecked > 0, "seed \(seed): too little happened to prove anything")
    }

    private static func number(_ name: String, else value: UInt64) -> UInt64 {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? value
    }

    private func run(_ oracle: any ChaosOracle, seed: UInt64, steps: Int) async throws -> Chaos {
        var chaos = try await Chaos(oracle, seed: seed)
        for _ in 0..<steps { try await chaos.step() }
        try await chaos.settle()
        try await chaos.check("seed \(seed)")
        return chaos
    }
}
