public import Metering

/// What became of a batch that was sent.
public enum Submission: Sendable, Hashable {
    /// It is done.
    case confirmed([SettlementOutcome])
    /// It is on its way, under this name.
    case pending(String)
    /// It is gone and was never done; it has to be sent again.
    case lost
}

/// The way to a ledger, which may be slow, and may forget.
public protocol SettlementChannel: Sendable {
    /// Sends a batch.
    ///
    /// May be called again with the same batch: the ledger settles an epoch once.
    ///
    /// - Throws: `ledgerFailed`; whether it was done is then not known.
    func submit(_ batch: SettlementBatch, at time: Timestamp) async throws(OracleError) -> Submission
    /// What became of a batch, by the name that `submit` gave.
    func status(of name: String) async throws(OracleError) -> Submission
}

/// The way to a ledger that answers at once.
public struct DirectSettlement: SettlementChannel {
    private let ledger: any Ledger

    /// Creates the way to a ledger.
    public init(_ ledger: any Ledger) { self.ledger = ledger }

    /// Settles the batch.
    public func submit(_ batch: SettlementBatch, at time: Timestamp) async throws(OracleError) -> Submission {
        do { return .confirmed(try await ledger.settle(batch, at: time)) } catch {
            throw OracleError(.ledgerFailed, "the ledger did not settle: \(error.message)", cause: error)
        }
    }

    /// Nothing is ever on its way.
    public func status(of name: String) async throws(OracleError) -> Submission { .lost }
}
