internal import Configuration

/// The settings of `flowmeter`, by the names that the environment and `.env` give them.
enum SettingName: String, CaseIterable, Sendable {
    case claudeAPIKey = "CLAUDE_API_KEY"
    case database = "FLOWMETER_DATABASE"
    case prices = "FLOWMETER_PRICES"
    case ledger = "FLOWMETER_LEDGER"
    case operatorKey = "FLOWMETER_OPERATOR_KEY"
    case plans = "FLOWMETER_PLANS"
    case host = "FLOWMETER_HOST"
    case port = "FLOWMETER_PORT"
    case portFile = "FLOWMETER_PORT_FILE"
    case upstream = "FLOWMETER_UPSTREAM"
    case threads = "FLOWMETER_THREADS"
    case oracle = "FLOWMETER_ORACLE"
    case oracleDatabase = "FLOWMETER_ORACLE_DATABASE"
    case epochSeconds = "FLOWMETER_EPOCH_SECONDS"
    case settleThreshold = "FLOWMETER_SETTLE_THRESHOLD"
    case settleMinimum = "FLOWMETER_SETTLE_MINIMUM"
    case leaseSeconds = "FLOWMETER_LEASE_SECONDS"
    case adminToken = "FLOWMETER_ADMIN_TOKEN"
    case logLevel = "FLOWMETER_LOG_LEVEL"
    case neo4jURI = "NEO4J_URI"
    case neo4jUser = "NEO4J_USER"
    case neo4jPassword = "NEO4J_PASSWORD"
    case neo4jDatabase = "NEO4J_DATABASE"
    case spool = "FLOWMETER_SPOOL"
    case spoolMegabytes = "FLOWMETER_SPOOL_MEGABYTES"
    case sharedCaps = "FLOWMETER_SHARED_CAPS"
    case flowNetwork = "FLOW_NETWORK"
    case flowContractAddress = "FLOW_CONTRACT_ADDRESS"
    case flowAccessNodes = "FLOWMETER_FLOW_ACCESS_NODES"
    case flowAddress = "FLOWMETER_FLOW_ADDRESS"
    case flowKey = "FLOWMETER_FLOW_KEY"
    case flowKeyIndex = "FLOWMETER_FLOW_KEY_INDEX"
    case flowSignatureAlgorithm = "FLOWMETER_FLOW_SIGNATURE_ALGORITHM"
    case flowHashAlgorithm = "FLOWMETER_FLOW_HASH_ALGORITHM"
    case flareEndpoint = "FLARE_ENDPOINT"

    /// Whether the value must never be shown.
    var isSecret: Bool { [.claudeAPIKey, .adminToken, .flowKey, .neo4jPassword].contains(self) }

    /// The key whose environment name is the raw value.
    var key: ConfigKey { ConfigKey(rawValue.lowercased().split(separator: "_").map(String.init)) }
}
