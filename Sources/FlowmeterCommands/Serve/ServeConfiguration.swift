internal import Gateway
internal import Logging
internal import Metering

/// Makes the gateway's configuration of the settings.
enum ServeConfiguration {
    /// The configuration, checked.
    static func gateway(_ settings: Settings) throws(CommandError) -> GatewayConfiguration {
        let address = try ListenAddress(settings: settings)
        let upstream = try upstream(settings)
        var configuration = GatewayConfiguration(upstream: upstream, upstreamKey: try key(settings, for: upstream))
        configuration.host = address.host
        configuration.port = address.port
        if let threads = try settings.integer(.threads, in: 1...1024) { configuration.eventLoopThreads = threads }
        configuration.adminToken = try adminToken(settings)
        return configuration
    }

    /// Whether the oracle runs beside the gateway.
    static func runsOracle(_ settings: Settings) throws(CommandError) -> Bool { try isOn(.oracle, settings) }

    /// Whether caps hold over all gateways on one Neo4j together.
    static func sharesCaps(_ settings: Settings) throws(CommandError) -> Bool { try isOn(.sharedCaps, settings) }

    /// A setting that is on unless it is switched off.
    private static func isOn(_ name: SettingName, _ settings: Settings) throws(CommandError) -> Bool {
        switch settings.text(name)?.lowercased() {
        case nil, "on": return true
        case "off": return false
        case .some(let text):
            throw CommandError("\(name.rawValue) is '\(text)'", fix: "set it to on or off", status: .usage)
        }
    }

    /// What an administrator sends; `nil` when nobody is one.
    static func adminToken(_ settings: Settings) throws(CommandError) -> AdminToken? {
        guard let secret = settings.secret(.adminToken) else { return nil }
        do { return try AdminToken(secret.exposed) } catch {
            throw CommandError(
                error.message, fix: "set FLOWMETER_ADMIN_TOKEN to 16 or more characters without blanks", status: .usage)
        }
    }

    /// What of the settings is for the chains, and is not used yet: said, so that nobody waits for it.
    static func unused(_ settings: Settings) throws(CommandError) -> [String] {
        var notes: [String] = []
        if let contract = try FlowOptions.contract(settings) {
            notes.append("FLOW_CONTRACT_ADDRESS is \(contract), but this version settles on the local ledger")
        }
        if let flare = try FlareEndpoint(settings) {
            notes.append("FLARE_ENDPOINT is \(flare.origin), but this version asks Flare for no attestation")
        }
        return notes
    }

    /// The API to forward to.
    static func upstream(_ settings: Settings) throws(CommandError) -> UpstreamURL {
        guard let text = settings.text(.upstream) else { return .anthropic }
        do { return try UpstreamURL(text) } catch {
            throw CommandError(
                error.message, fix: "set --upstream or FLOWMETER_UPSTREAM to a URL such as https://api.anthropic.com",
                status: .usage)
        }
    }

    /// The operator's key.
    ///
    /// An upstream on this machine, such as the simulator, needs none.
    private static func key(_ settings: Settings, for upstream: UpstreamURL) throws(CommandError) -> UpstreamKey {
        let isLocal = ListenAddress(host: upstream.host, port: upstream.port).isLoopback
        guard let secret = settings.secret(.claudeAPIKey) ?? (isLocal ? Secret("none") : nil) else {
            throw CommandError(
                "CLAUDE_API_KEY is not set, so no call could be forwarded to \(upstream)",
                fix: "put CLAUDE_API_KEY=sk-ant-… into .env or the environment, or name a local upstream",
                status: .usage)
        }
        do { return try UpstreamKey(secret.exposed) } catch {
            throw CommandError(error.message, fix: "check CLAUDE_API_KEY for blanks and line breaks", status: .usage)
        }
    }

    /// Says at once that nothing can be signed, which else is seen when an epoch ends.
    ///
    /// Calls are served all the same: their events are durable, and are signed when the key is there again.
    static func checkSigning(_ file: OperatorKeyFile, logger: Logger) {
        do throws(MeteringError) { _ = try file.load() } catch {
            logger.error("receipts and epochs cannot be signed", metadata: ["error": "\(error)"])
        }
    }

    /// Refuses to serve other machines while anybody could call.
    static func checkAccess(_ address: ListenAddress, store: some UsageStore) async throws {
        guard !address.isLoopback, try await store.keys().isEmpty else { return }
        throw CommandError(
            "\(address) can be reached from other machines, and no keys exist: anybody could spend your money",
            fix: "run 'flowmeter customers create NAME' and 'flowmeter keys create NAME' first, or listen on 127.0.0.1",
            status: .usage)
    }
}

extension CommandError {
    /// The error of a gateway, with what a person can do about it.
    init(_ error: GatewayError) {
        switch error.code {
        case .invalidConfiguration: self.init(error.message, status: .usage)
        case .cannotListen:
            self.init(error.message, fix: "choose another port with --port or FLOWMETER_PORT, or end what uses it")
        default: self.init(error.message)
        }
    }
}
