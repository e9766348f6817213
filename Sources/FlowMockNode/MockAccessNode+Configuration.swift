extension MockAccessNode {
    /// How a node is set up.
    public struct Configuration: Sendable {
        /// When blocks are made.
        public enum BlockProduction: Sendable {
            /// Only when ``MockAccessNode/step(_:)`` is called.
            case manual
            /// With each transaction, until it is sealed: as the emulator does.
            case perTransaction
            /// At an interval of ``clock``.
            case every(Duration)
        }

        /// The address to listen on: loopback.
        public var host = "127.0.0.1"
        /// The port to listen on; 0 picks a free one.
        public var port = 0
        /// What the node proves itself with to clients over `https`; `nil` for plain `http`.
        public var tls: TLSIdentity?
        /// What every request and WebSocket handshake must carry, as a service's key; others get 401.
        public var requiredHeaders: [String: String] = [:]
        /// The chain.
        public var chain = ChainSettings()
        /// When blocks are made.
        public var blocks = BlockProduction.manual
        /// How long each request waits before it is looked at.
        public var latency: Duration?
        /// What ``latency`` and block intervals are measured with.
        public var clock: any Clock<Duration> = ContinuousClock()
        /// What transactions do.
        ///
        /// It is called once for each transaction that runs, and must not call the node.
        public var executor: @Sendable (MockTransaction) -> MockExecution = { _ in .success() }
        /// What scripts return.
        ///
        /// It must not call the node.
        public var scripts: @Sendable (MockScript) -> MockScriptResult = { _ in .value(#"{"type":"Void"}"#) }
        /// Called with the port once the node accepts connections.
        public var onRunning: (@Sendable (Int) async -> Void)?

        /// The default set-up: an emulator-like chain on a free port, whose blocks are made by hand.
        public init() {}
    }

    /// An account that exists from the start.
    public struct Account: Sendable {
        /// Its keys, by index.
        public var keys: [MockAccountKey]
        /// Its balance in 1e-8 FLOW.
        public var balance: UInt64
        /// Its contracts: names and code.
        public var contracts: [String: String]

        /// Creates an account; the default balance is 1,000,000 FLOW.
        public init(
            keys: [MockAccountKey], balance: UInt64 = 100_000_000_000_000, contracts: [String: String] = [:]
        ) {
            self.keys = keys
            self.balance = balance
            self.contracts = contracts
        }
    }

    /// What the chain is like.
    public struct ChainSettings: Sendable {
        /// The network, which decides about addresses.
        public var network = MockNetwork.emulator
        /// The accounts that exist.
        public var accounts: [MockAddress: Account] = [:]
        /// The height of the first block that the node knows.
        public var rootHeight: UInt64 = 1000
        /// How many blocks a transaction may be behind its reference block (flow-go `model/flow/constants.go`).
        public var expiryBlocks = 600
        /// How many blocks before that the node already refuses it.
        public var expiryBuffer = 30
        /// How many blocks execution is behind the newest block.
        public var executionLag = 0
        /// How many blocks sealing is behind execution.
        public var sealingLag = 0
        /// How many transactions a block can hold.
        public var transactionsPerBlock = 100
        /// Whether payers pay.
        public var chargesFees = true
        /// The first block's time, in milliseconds since the Unix epoch.
        public var startTime: Int64 = 1_790_000_000_000
        /// The time between two blocks, in milliseconds of the chain's time.
        public var blockMilliseconds: Int64 = 800
        /// Where the order of a block's transactions comes from.
        public var seed: UInt64 = 1

        /// The default chain: an emulator's addresses, a network's limits, and no account.
        public init() {}
    }
}
