internal import FoundationEssentials
internal import Metering
internal import MeteringSQLite
internal import Oracle

/// What an oracle works with: the composition root of everything about epochs.
struct OracleParts: Sendable {
    let usage: any UsageStore
    let store: any OracleStore
    let ledger: any Ledger
    let keys: OperatorKeyFile
    let policy: SettlementPolicy
    let now: @Sendable () -> Timestamp

    /// Opens the oracle's store and the ledger beside a usage store, hands them to `body`, and closes them.
    static func with<Value: Sendable>(
        _ usage: any UsageStore, settings: Settings, context: CommandContext,
        _ body: (OracleParts) async throws -> Value
    ) async throws -> Value {
        let location = try DataLocation(settings: settings, context: context)
        let schedule = try schedule(settings)
        let policy = try SettlementPolicy(settings)
        return try await with(
            usage, store: location.oracle, ledger: location.ledger, schedule: schedule, context: context
        ) { store, ledger in
            try await body(
                OracleParts(
                    usage: usage, store: store, ledger: ledger, keys: OperatorKeyFile(path: location.operatorKey),
                    policy: policy, now: context.now))
        }
    }

    /// Opens an oracle's store and a ledger, hands them to `body`, and closes them whatever happens.
    static func with<Value: Sendable>(
        _ usage: any UsageStore, store storePath: String, ledger ledgerPath: String, schedule: EpochSchedule? = nil,
        context: CommandContext, _ body: (any OracleStore, any Ledger) async throws -> Value
    ) async throws -> Value {
        let store = try SQLiteOracleStore(path: storePath)
        let result: Result<Value, any Error>
        do {
            let ledger = try LocalLedger(path: ledgerPath, schedule: schedule)
            do {
                result = .success(try await body(store, ledger))
            } catch {
                result = .failure(error)
            }
            close("ledger", context) { () throws(MeteringError) in try ledger.close() }
        } catch {
            result = .failure(error)
        }
        do { try await store.close() } catch {
            context.errorOutput.writeLastWord("error: the oracle's database could not be closed properly: \(error)")
        }
        return try result.get()
    }

    /// Closes what every change of was durable already: that it fails is said, and spoils nothing.
    private static func close(_ name: String, _ context: CommandContext, _ body: () throws(MeteringError) -> Void) {
        do { try body() } catch {
            context.errorOutput.writeLastWord("error: the \(name) could not be closed properly: \(error)")
        }
    }

    /// The epochs that the settings name; `nil` for those of the ledger.
    private static func schedule(_ settings: Settings) throws(CommandError) -> EpochSchedule? {
        guard let seconds = try settings.integer(.epochSeconds, in: 1...86_400) else { return nil }
        do { return try EpochSchedule(seconds: Int64(seconds)) } catch { throw CommandError(error) }
    }

    /// Opens everything, the usage store too, for the length of a command.
    static func with<Value: Sendable>(
        settings: Settings, context: CommandContext, _ body: (OracleParts) async throws -> Value
    ) async throws -> Value {
        try await StoreAccess.withStore(settings: settings, context: context, mode: .read) { usage in
            try await with(usage, settings: settings, context: context, body)
        }
    }

    /// A worker that signs with the key in use when it signs.
    func worker() -> OracleWorker {
        let (keys, now) = (keys, now)
        let attestor = PublisherAttestor { () throws(OracleError) in
            do throws(MeteringError) { return try keys.loadOrCreate(at: now()).current } catch {
                throw OracleError(.storeUnavailable, error.message, cause: error)
            }
        }
        return OracleWorker(
            .init(usage: usage, store: store, attestor: attestor, ledger: ledger),
            holder: "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)", policy: policy)
    }

    /// The proofs of what was committed.
    var proofs: EpochProofs { EpochProofs(store, usage: usage) }
    /// The commitments.
    var archive: CommitmentArchive { CommitmentArchive(store) }
    /// The operator's public keys.
    func publicKeys() throws(MeteringError) -> OperatorPublicKeys { try keys.loadOrCreate(at: now()).publicKeys() }
}

extension SettlementPolicy {
    /// The policy that the settings name.
    init(_ settings: Settings) throws(CommandError) {
        self.init()
        if let amount = try Self.amount(.settleMinimum, settings) { minimumAmount = amount }
        threshold = try Self.amount(.settleThreshold, settings)
    }

    private static func amount(_ name: SettingName, _ settings: Settings) throws(CommandError) -> PicoUSD? {
        guard let text = settings.text(name) else { return nil }
        let amount: PicoUSD?
        do { amount = try PicoUSD(usd: text) } catch { amount = nil }
        if let amount, amount >= .zero { return amount }
        throw CommandError(
            "\(name.rawValue) is '\(text)'", fix: "set it to an amount in US dollars such as 0.05", status: .usage)
    }
}

extension CommandError {
    /// The error of an oracle, with what a person can do about it.
    init(_ error: OracleError) {
        switch error.code {
        case .brokenChain: self.init(error.message, fix: "run 'flowmeter events verify', and restore a backup")
        case .invalidInput: self.init(error.message, status: .usage)
        default: self.init(error.message)
        }
    }
}
