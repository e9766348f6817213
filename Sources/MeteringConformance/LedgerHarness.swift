public import Metering

/// How the conformance checks get at the ledgers of one implementation.
public struct LedgerHarness: Sendable {
    private let make: @Sendable (PicoUSD, EpochSchedule) async throws -> any Ledger

    /// Creates a harness.
    ///
    /// - Parameter make: Makes an empty ledger with this unit and schedule.
    public init(_ make: @escaping @Sendable (_ unit: PicoUSD, _ schedule: EpochSchedule) async throws -> any Ledger) {
        self.make = make
    }

    /// Makes an empty ledger.
    func ledger(unit: Int128 = 1) async throws -> any Ledger { try await make(PicoUSD(unit), .standard) }
}
