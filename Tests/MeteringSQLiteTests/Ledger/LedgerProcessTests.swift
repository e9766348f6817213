import Metering
import MeteringConformance
import MeteringSQLite
import Testing

@Suite("The SQLite ledger and processes", .serialized)
struct LedgerProcessTests {
    @Test("keeps every settlement that was acknowledged before kill -9, once, in 16 rounds")
    func survivesKills() async throws {
        let seed: UInt64 = .random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let directory = try TemporaryDirectory()
        let first = try LocalLedger(path: directory.ledger)
        try await SampleLedger.open(first)
        try first.close()
        var acknowledged = 0
        for _ in 0..<16 {
            // A new process begins a few steps back, as one does that does not know what was done.
            let writer = try StoreWriterProcess(
                ledger: directory.ledger, steps: max(1, acknowledged - 3)...1_000_000)
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                acknowledged = max(acknowledged, writer.nextAcknowledgement() ?? 0)
            }
            writer.kill()
            while let step = writer.nextAcknowledgement() { acknowledged = max(acknowledged, step) }
            _ = writer.wait()
            try expectSoundLedger(directory.ledger)
        }
        let ledger = try LocalLedger(path: directory.ledger)
        let subscription = try #require(try await ledger.subscription(SampleLedger.id))
        let settled = subscription.settled.rawValue / SampleLedger.charge
        #expect(settled * SampleLedger.charge == subscription.settled.rawValue, "seed \(seed)")
        // What was under way when the last process was killed may be there without having been acknowledged.
        #expect((Int128(acknowledged)...Int128(acknowledged + 1)).contains(settled), "seed \(seed)")
        let journal = try await ledger.journal(of: nil, after: 0, limit: .max)
        let drawn = journal.filter { if case .withdrawal = $0.kind { true } else { false } }.count
        #expect((Int128(acknowledged)...settled).contains(Int128(drawn)), "seed \(seed)")
        #expect(
            try await ledger.balance(of: .earnings(.operator)).rawValue
                == subscription.settled.rawValue - Int128(drawn) * PicoUSD.dollar.rawValue, "seed \(seed)")
        try ledger.close()
    }
}
