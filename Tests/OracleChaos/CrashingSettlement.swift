package import Metering
package import Oracle

/// The way to a ledger, whose process can be killed before and after each settlement.
package struct CrashingSettlement: SettlementChannel {
    private let ledger: any Ledger
    private let killer: Killer

    package init(_ ledger: any Ledger, _ killer: Killer) {
        self.ledger = ledger
        self.killer = killer
    }

    package func submit(_ batch: SettlementBatch, at time: Timestamp) async throws(OracleError) -> Submission {
        do {
            return .confirmed(
                try await killer.write { () throws(MeteringError) in try await ledger.settle(batch, at: time) })
        } catch { throw OracleError(.ledgerFailed, error.message, cause: error) }
    }
    package func status(of name: String) async throws(OracleError) -> Submission { .lost }
}
