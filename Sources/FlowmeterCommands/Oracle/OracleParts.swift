internal import FoundationEssentials
internal import Metering
internal import MeteringNeo4j
internal import MeteringSQLite
internal import Oracle

/// What an oracle works with: the composition root of everything about epochs.
struct OracleParts: Sendable {
    let usage: any UsageStore
    let store: any OracleStore
    let lease: any LeaderLease
    let ledger: any Ledger
    let keys: OperatorKeyFile
    var plans: any PlanSource = PlanDirectory.empty
    let policy: SettlementPolicy
    var leaseDuration: Int64 = 30_000
    let now: @Sendable () -> Timestamp

    /// Opens the oracle's store and the ledger beside a usage store, hands them to `body`, and closes them.
    ///
    /// - Parameters:
    ///   - lease: Tells which of several machines' oracles leads; the oracle's own store does without it.
    ///   - mode: Whether anything may be changed. A command that only reads makes no file, and takes those that are
    ///     missing as empty.
    static func with<Value: Sendable>(
        _ usage: any UsageStore, lease shared: (any LeaderLease)? = nil, settings: Settings, context: CommandContext,
        mode: StoreAccess.Mode = .write, _ body: (OracleParts) async throws -> Value
    ) async throws -> Value {
        let location = try DataLocation(settings: settings, context: context)
        let schedule = try EpochSchedule(settings)
        let policy = try SettlementPolicy(settings)
        let lease = Int64(try settings.integer(.leaseSeconds, in: 1...3_600) ?? 30)
        return try await with(
            usage, store: location.oracle, ledger: location.ledger, schedule: schedule, context: context, mode: mode
        ) { store, ledger in
            try await body(
                OracleParts(
                    usage: usage, store: store, lease: shared ?? store, ledger: ledger,
                    keys: OperatorKeyFile(path: location.operatorKey),
                    plans: PlanFile(path: location.plans), policy: policy, leaseDuration: lease * 1_000,
                    now: context.now))
        }
    }

    /// Opens an oracle's store and a ledger, hands them to `body`, and closes them whatever happens.
    static func with<Value: Sendable>(
        _ usage: any UsageStore, store storePath: String, ledger ledgerPath: String, schedule: EpochSchedule? = nil,
        context: CommandContext, mode: StoreAccess.Mode = .write,
        _ body: (any OracleStore, any Ledger) async throws -> Value
    ) async throws -> Value {
        let store = try openStore(storePath, mode)
        let result: Result<Value, any Error>
        do {
            let (ledger, local) = try openLedger(ledgerPath, schedule, mode)
            do {
                result = .success(try await body(store, ledger))
            } catch {
                result = .failure(error)
            }
            close("ledger", context) { () throws(MeteringError) in try local?.close() }
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

    /// Opens an oracle's store for reading only, hands it to `body`, and closes it.
    static func withStore<Value: Sendable>(
        _ path: String, context: CommandContext, _ body: (any OracleStore) async throws -> Value
    ) async throws -> Value {
        let store = try openStore(path, .read)
        let result: Result<Value, any Error>
        do { result = .success(try await body(store)) } catch { result = .failure(error) }
        do { try await store.close() } catch {
            context.errorOutput.writeLastWord("error: the oracle's database could not be closed properly: \(error)")
        }
        return try result.get()
    }

    private static func openStore(_ path: String, _ mode: StoreAccess.Mode) throws -> any OracleStore {
        if mode == .write { return try SQLiteOracleStore(path: path) }
        guard FileManager.default.fileExists(atPath: path) else { return MemoryOracleStore() }
        return try SQLiteOracleStore(path: path, mode: .readOnly)
    }

    private static func openLedger(
        _ path: String, _ schedule: EpochSchedule?, _ mode: StoreAccess.Mode
    ) throws -> (any Ledger, LocalLedger?) {
        if mode != .write, !FileManager.default.fileExists(atPath: path) {
            return (try MemoryLedger(schedule: schedule ?? .standard), nil)
        }
        let ledger = try LocalLedger(path: path, mode: mode == .write ? .readWrite : .readOnly, schedule: schedule)
        return (ledger, ledger)
    }

    /// Opens everything, the usage store too, for the length of a command.
    static func with<Value: Sendable>(
        settings: Settings, context: CommandContext, mode: StoreAccess.Mode = .write,
        _ body: (OracleParts) async throws -> Value
    ) async throws -> Value {
        try await StoreAccess.withStore(settings: settings, context: context, mode: .read) { usage in
            let lease = (usage as? Neo4jUsageStore).map { Neo4jLeaderLease(driver: $0.driver, database: $0.database) }
            return try await with(usage, lease: lease, settings: settings, context: context, mode: mode, body)
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
            .init(usage: usage, store: store, attestor: attestor, ledger: ledger, plans: plans, lease: lease),
            holder: "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)", policy: policy,
            leaseDuration: leaseDuration)
    }

    /// The proofs of what was committed.
    var proofs: EpochProofs { EpochProofs(store, usage: usage) }
    /// The commitments.
    var archive: CommitmentArchive { CommitmentArchive(store) }
    /// The operator's public keys.
    ///
    /// None when nothing was ever signed: what only reads makes no key.
    func publicKeys() throws(MeteringError) -> OperatorPublicKeys {
        try keys.load()?.publicKeys() ?? OperatorPublicKeys([])
    }
}

extension EpochSchedule {
    /// The epochs that the settings name; `nil` for those of the ledger.
    init?(_ settings: Settings) throws(CommandError) {
        guard let seconds = try settings.integer(.epochSeconds, in: 1...86_400) else { return nil }
        do { self = try EpochSchedule(seconds: Int64(seconds)) } catch { throw CommandError(error) }
    }
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
        case .conflict:
            self.init(
                error.message, fix: "run 'flowmeter epochs verify', and restore the oracle's database from a backup")
        case .invalidProof:
            self.init(
                error.message, fix: "get the proof and the commitment again, and check that they are of one epoch")
        case .notFound: self.init(error.message, fix: "see what is closed with 'flowmeter epochs list'")
        case .storeUnavailable:
            self.init(
                error.message,
                fix: "nothing was lost: see 'flowmeter doctor', then let 'flowmeter oracle step' do it again")
        case .ledgerFailed:
            self.init(
                error.message,
                fix:
                    "nothing was settled twice or lost: see 'flowmeter oracle status', then let 'flowmeter oracle step' "
                    + "do it again")
        case .invalidInput: self.init(error.message, status: .usage)
        default: self.init(error.message)
        }
    }
}
