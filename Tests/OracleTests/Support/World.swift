import Metering
import MeteringConformance
import Oracle
import OracleChaos

/// Everything around an oracle, with a clock that the test sets.
struct World: Sendable {
    let usage: any UsageStore
    let store: any OracleStore
    let ledger: any Ledger
    let key: OperatorKey
    var policy = SettlementPolicy()
    var plans = PlanDirectory.empty

    /// Epochs of a minute, from a round moment on.
    static let schedule: EpochSchedule = {
        do { return try ChaosFiles.schedule() } catch { return .standard }
    }()
    static let start = Timestamp(milliseconds: 1_795_449_600_000)

    init(
        usage: any UsageStore = MemoryUsageStore(), store: any OracleStore = MemoryOracleStore(),
        unit: PicoUSD = PicoUSD(1)
    ) throws {
        self.usage = usage
        self.store = store
        ledger = try MemoryLedger(unit: unit, schedule: Self.schedule)
        key = OperatorKey()
    }

    /// A world in files, which other processes work on too.
    init(_ files: ChaosFiles, unit: PicoUSD = PicoUSD(1)) throws {
        usage = try files.usage()
        store = try files.store()
        ledger = try files.ledger(unit: unit)
        key = try files.keys.loadOrCreate(at: Self.start).current
        policy = ChaosFiles.policy
        plans = try files.plans.load()
    }

    private init(_ other: World, store: any OracleStore) {
        (usage, self.store, ledger, key) = (other.usage, store, other.ledger, other.key)
        (policy, plans) = (other.policy, other.plans)
    }

    /// The same world, seen through another store.
    func with(store: any OracleStore) -> World { World(self, store: store) }

    /// A moment, in minutes after the start: each is an epoch.
    static func minute(_ minutes: Int64, seconds: Int64 = 0) -> Timestamp {
        Timestamp(milliseconds: start.milliseconds + minutes * 60_000 + seconds * 1_000)
    }
    static func epoch(_ minutes: Int64) -> Epoch { schedule.epoch(at: minute(minutes)) }

    var archive: CommitmentArchive { CommitmentArchive(store) }

    func keys() throws -> OperatorPublicKeys { try OperatorKeyRing(key: key, at: Self.start).publicKeys() }

    func worker(_ holder: String = "oracle", channel: (any SettlementChannel)? = nil) -> OracleWorker {
        let key = key
        return OracleWorker(
            .init(
                usage: usage, store: store, attestor: PublisherAttestor { () throws(OracleError) in key },
                ledger: ledger, channel: channel, plans: plans), holder: holder, policy: policy)
    }

    /// Opens a subscription and pays into it.
    func subscribe(
        _ customer: CustomerID, paying amount: PicoUSD = PicoUSD(1_000 * PicoUSD.dollar.rawValue),
        caps: SpendingCaps = .none
    ) async throws {
        let id = Self.subscription(of: customer)
        _ = try await ledger.subscribe(SubscriptionTerms(id: id, customer: customer, caps: caps), at: Self.start)
        if amount > .zero {
            try await ledger.deposit(
                amount, to: id, reference: TransferReference(rawValue: "first:\(id)"), at: Self.start)
        }
    }

    static func subscription(of customer: CustomerID) -> SubscriptionID {
        SubscriptionID(rawValue: "sub-\(customer)")
    }

    /// All receipts of a customer.
    func receipts(_ customer: CustomerID) async throws -> [StoredEvent] {
        try await usage.events(of: customer, after: 0, limit: .max)
    }
}
