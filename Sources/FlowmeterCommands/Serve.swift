internal import ArgumentParser
internal import Gateway
internal import Logging
internal import Metering
internal import Oracle
internal import ServiceLifecycle
internal import UnixSignals

/// `flowmeter serve`: the gateway.
///
/// The composition root of the program.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the gateway: an Anthropic-compatible API that meters every call.",
        discussion: """
            Clients use it by ANTHROPIC_BASE_URL, with no other change. Every call is durable in the database before \
            the client sees its end. SIGTERM and SIGINT end it gracefully: streams are finished, nothing is lost.

            Needs CLAUDE_API_KEY, the key that calls are forwarded with; it is never shown and never leaves for \
            anywhere but the upstream. Until keys are created ('flowmeter keys create') only programs on this machine \
            are served, as customer 'default'.

            With NEO4J_URI set, usage is kept in Neo4j: events are durable in a queue on this machine first, and \
            forwarded in order, so an outage of Neo4j loses nothing (docs/neo4j.md).

            The oracle runs beside the gateway: it closes an epoch every five minutes, and settles it on the ledger \
            beside the database. FLOWMETER_ORACLE=off leaves that to 'flowmeter oracle run'.

            EXAMPLES:
              CLAUDE_API_KEY=… flowmeter serve
              flowmeter serve --host 0.0.0.0 --port 8080 --database /var/lib/flowmeter/flowmeter.sqlite
              flowmeter serve --upstream http://127.0.0.1:4010 --port 0 --port-file /tmp/flowmeter.port
            """)

    @Option(help: "The address to listen on. Default: $FLOWMETER_HOST, else 127.0.0.1.")
    var host: String?

    @Option(help: "The port to listen on; 0 lets the system choose. Default: $FLOWMETER_PORT, else 8080.")
    var port: Int?

    @Option(
        help: ArgumentHelp(
            "Write the port to this file once it is open. Default: $FLOWMETER_PORT_FILE.", valueName: "file"),
        completion: .file())
    var portFile: String?

    @Option(
        help: ArgumentHelp(
            "The API to forward to. Default: $FLOWMETER_UPSTREAM, else https://api.anthropic.com.", valueName: "url"))
    var upstream: String?

    @Option(help: "Threads that serve connections. Default: $FLOWMETER_THREADS, else one per processor core.")
    var threads: Int?

    @OptionGroup(title: "Oracle") var oracle: OracleOptions
    @OptionGroup(title: "General") var global: GlobalOptions

    func run() async throws {
        let context = CommandContext.current
        let settings = try global.settings(flags, context: context)
        let logger = try global.logger("flowmeter", settings: settings, context: context)
        let location = try DataLocation(settings: settings, context: context)
        var gateway = try ServeConfiguration.gateway(settings)
        gateway.operatorKeys = OperatorKeyFile(path: location.operatorKey)
        gateway.plans = PlanFile(path: location.plans)
        let configuration = gateway
        for note in try ServeConfiguration.unused(settings) { logger.notice("\(note)") }
        ServeConfiguration.checkSigning(OperatorKeyFile(path: location.operatorKey), logger: logger)
        let catalog = try PriceDirectory(path: location.prices).catalog()
        try await UsageBackend.with(location, settings: settings, context: context, logger: logger) { backend in
            let store = backend.store
            let metrics = ServeMetrics(started: context.now(), spool: backend.forwarder?.store)
            try await ServeConfiguration.checkAccess(ListenAddress(settings: settings), store: store)
            try await OracleParts.with(store, lease: backend.lease, settings: settings, context: context) { parts in
                let server = GatewayServer(
                    configuration: configuration, store: store, catalog: catalog, reservations: backend.caps?.queue,
                    ledger: parts.ledger, epochs: parts.proofs, metrics: metrics.registry, logger: logger,
                    wallClock: context.now)
                var services: [any Service] = [server]
                if var forwarder = backend.forwarder {
                    forwarder.waitForGateway = { _ = await Self.listeningPort(of: server) }
                    // Services end in the opposite order: what the last calls used is forwarded too.
                    services.insert(forwarder, at: 0)
                }
                if let caps = backend.caps { services.insert(caps, at: 0) }
                if try ServeConfiguration.runsOracle(settings) {
                    services.append(
                        OracleService(
                            worker: parts.worker(), confirmedEpoch: oracle.confirmed, clock: ContinuousClock(),
                            now: context.now, logger: logger, onStep: metrics.oracleStep(now: context.now)))
                }
                let group = ServiceGroup(
                    configuration: ServiceGroupConfiguration(
                        services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { try await run(group) }
                    tasks.addTask {
                        guard let port = await Self.listeningPort(of: server) else { return }
                        let book = catalog.book(at: context.now())
                        try announce(port: port, configuration, backend, book, settings, context)
                    }
                    try await tasks.waitForAll()
                }
            }
        }
    }

    private func run(_ group: ServiceGroup) async throws {
        do { try await group.run() } catch let error as GatewayError { throw CommandError(error) }
    }

    /// The port, or `nil` when the server never listens: then the server's own error says why.
    private static func listeningPort(of server: GatewayServer) async -> Int? {
        do { return try await server.port() } catch { return nil }
    }

    private var flags: [SettingName: String] {
        var flags = oracle.flags
        flags[.host] = host
        flags[.port] = port.map(String.init)
        flags[.portFile] = portFile
        flags[.upstream] = upstream
        flags[.threads] = threads.map(String.init)
        return flags
    }

    /// Says once, on one line, what runs where; and tells whoever waits for the port file.
    private func announce(
        port: Int, _ configuration: GatewayConfiguration, _ backend: UsageBackend, _ book: PriceBook,
        _ settings: Settings, _ context: CommandContext
    ) throws(CommandError) {
        let address = ListenAddress(host: configuration.host, port: port)
        try global.note(
            "flowmeter \(FlowmeterVersion.current): serving http://\(address) → \(configuration.upstream), "
                + "\(backend), prices \(book.id) (\(book.hash.description.prefix(12)))",
            context: context)
        if let file = settings.text(.portFile) { try PortFile.write(port: port, to: context.path(file)) }
    }
}
