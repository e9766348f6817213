package import Metering
internal import MeteringConformance
package import Oracle
internal import Synchronization

/// The way to a ledger as a chain is: batches are on their way for a while, are lost, and arrive twice.
package final class SlowSettlement: SettlementChannel {
    private struct State {
        var random: SeededGenerator
        var sent: [String: (batch: SettlementBatch, time: Timestamp)] = [:]
        var done: [String: [SettlementOutcome]] = [:]
        var count = 0
    }
    private let ledger: any Ledger
    private let state: Mutex<State>

    package init(_ ledger: any Ledger, seed: UInt64) {
        self.ledger = ledger
        state = Mutex(State(random: SeededGenerator(seed: seed)))
    }

    package func submit(_ batch: SettlementBatch, at time: Timestamp) async throws(OracleError) -> Submission {
        let (name, fails) = state.withLock { state in
            state.count += 1
            let name = "tx-\(state.count)"
            state.sent[name] = (batch, time)
            return (name, Int.random(in: 0..<5, using: &state.random) == 0)
        }
        if fails {
            // It arrives all the same, and nobody hears of it.
            _ = try await settle(name)
            throw OracleError(.ledgerFailed, "no answer")
        }
        return .pending(name)
    }

    package func status(of name: String) async throws(OracleError) -> Submission {
        let dice = state.withLock { Int.random(in: 0..<4, using: &$0.random) }
        switch dice {
        case 0: return .pending(name)
        case 1:
            state.withLock { $0.sent[name] = nil }
            return .lost
        default: return try await settle(name).map { .confirmed($0) } ?? .lost
        }
    }

    private func settle(_ name: String) async throws(OracleError) -> [SettlementOutcome]? {
        let (sent, done) = state.withLock { ($0.sent[name], $0.done[name]) }
        if let done { return done }
        guard let sent else { return nil }
        do {
            let outcomes = try await ledger.settle(sent.batch, at: sent.time)
            state.withLock { $0.done[name] = outcomes }
            return outcomes
        } catch { throw OracleError(.ledgerFailed, error.message, cause: error) }
    }
}
