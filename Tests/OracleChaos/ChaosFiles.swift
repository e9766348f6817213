package import Metering
package import MeteringSQLite
package import Oracle

/// The files of an oracle in a directory, which several processes open at the same time.
package struct ChaosFiles: Sendable {
    private let directory: String

    /// Names the directory, which has to be there.
    package init(directory: String) { self.directory = directory }

    /// Epochs of a minute.
    package static func schedule() throws(MeteringError) -> EpochSchedule { try EpochSchedule(seconds: 60) }

    /// Settles early too, once half a dollar is open.
    package static let policy = SettlementPolicy(threshold: PicoUSD(PicoUSD.dollar.rawValue / 2))

    package var keys: OperatorKeyFile { OperatorKeyFile(path: directory + "/operator-key.json") }
    package var plans: PlanFile { PlanFile(path: directory + "/plans.json") }

    package func usage() throws(MeteringError) -> SQLiteUsageStore {
        try SQLiteUsageStore(path: directory + "/usage.sqlite")
    }
    package func store() throws(MeteringError) -> SQLiteOracleStore {
        try SQLiteOracleStore(path: directory + "/oracle.sqlite")
    }
    /// The ledger.
    ///
    /// - Parameter unit: The smallest amount that a new one moves.
    package func ledger(unit: PicoUSD? = nil) throws(MeteringError) -> LocalLedger {
        try LocalLedger(path: directory + "/ledger.sqlite", unit: unit, schedule: Self.schedule())
    }
}
