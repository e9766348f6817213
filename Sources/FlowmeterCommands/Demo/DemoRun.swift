internal import AsyncHTTPClient
internal import Claude
internal import ClaudeSimulator
internal import Gateway
internal import Logging
internal import Metering
internal import MeteringSQLite
internal import ServiceLifecycle

/// Runs the demo: simulator, gateway and database, then the calls, the import, the settlement and the audit.
struct DemoRun: Sendable {
    var directory: String
    var seed: UInt64
    var isVerbose: Bool
    var printer: DemoPrinter
    var context: CommandContext

    func run() async throws -> DemoReport {
        let store = try SQLiteUsageStore(path: directory + "/demo.sqlite")
        return try await context.closing(store) { try await run(store) }
    }

    private func run(_ store: SQLiteUsageStore) async throws -> DemoReport {
        let secrets = try await makeCustomers(store)
        let catalog = PriceCatalog.anthropic
        var configuration = ClaudeSimulator.Configuration(seed: seed)
        configuration.logger = logger("simulator")
        let (outcomes, served) = try await ClaudeSimulator.withServer(configuration) { simulator in
            let outcomes = try await withGateway(store, catalog, upstream: simulator.baseURL) { port in
                try await send(simulator, port: port, secrets: secrets)
            }
            return (outcomes, simulator.served)
        }
        let imported = try await importTranscripts(store, catalog)
        var tables: [UsageReport] = []
        for grouping in [UsageQuery.Grouping.model, .day, .session, .customer] {
            tables.append(try await UsageReport.make(UsageQuery(by: grouping), store: store))
        }
        let audit = try await DemoAudit(served: served, imported: imported, store: store, catalog: catalog)
            .checks(tables: tables)
        let settlement = try await DemoSettlement(
            directory: directory, usage: store, catalog: catalog, printer: printer, context: context
        ).run()
        let total = tables[0].total
        return DemoReport(
            calls: outcomes, tables: tables, audit: audit + settlement, charge: total.charge, events: total.calls)
    }

    private func makeCustomers(_ store: SQLiteUsageStore) async throws -> [DemoCustomer: String] {
        var secrets: [DemoCustomer: String] = [:]
        for customer in DemoCustomer.allCases {
            let id = CustomerID(rawValue: customer.rawValue)
            let secret = APIKeySecret.generate()
            try await store.create(Customer(id: id, name: customer.name, created: context.now()))
            try await store.create(
                APIKey(
                    id: .generate(), secretHash: secret.hash, customer: id, name: "demo", created: context.now()))
            secrets[customer] = secret.text
        }
        return secrets
    }

    /// Runs a gateway while `body` runs, and shuts it down gracefully: then every call is on record.
    private func withGateway<Value: Sendable>(
        _ store: SQLiteUsageStore, _ catalog: PriceCatalog, upstream: String,
        _ body: (Int) async throws -> Value
    ) async throws -> Value {
        var configuration = GatewayConfiguration(
            upstream: try UpstreamURL(upstream), upstreamKey: try UpstreamKey("sk-ant-demo"))
        configuration.port = 0
        configuration.eventLoopThreads = 2
        let logger = logger("gateway")
        let server = GatewayServer(
            configuration: configuration, store: store, catalog: catalog, logger: logger, wallClock: context.now)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [server], logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let value = try await body(try await server.port())
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return value
        }
    }

    private func logger(_ label: String) -> Logger {
        ConsoleLogHandler.logger(label, level: isVerbose ? .debug : .critical, context: context)
    }

    private func send(
        _ simulator: ClaudeSimulator, port: Int, secrets: [DemoCustomer: String]
    ) async throws -> [DemoClient.Outcome] {
        try printer.heading("Calls through the gateway on http://127.0.0.1:\(port)")
        return try await HTTPClient.withHTTPClient { http in
            let client = DemoClient(
                http: http, baseURL: "http://127.0.0.1:\(port)", secrets: secrets, simulator: simulator)
            var outcomes: [DemoClient.Outcome] = []
            for call in DemoTraffic.calls {
                let outcome = try await client.perform(call)
                try printer.call(outcome)
                outcomes.append(outcome)
            }
            return outcomes
        }
    }

    private func importTranscripts(
        _ store: SQLiteUsageStore, _ catalog: PriceCatalog
    ) async throws -> [String: MessageRecord] {
        try printer.heading("Sample transcripts of Claude Code")
        let transcripts = try TranscriptDirectory(searching: [try DemoTranscripts.write(to: directory)])
        let summary = try await TranscriptImport(
            directory: transcripts, customer: CustomerID(rawValue: DemoCustomer.aurora.rawValue), catalog: catalog,
            batch: 1000, isDryRun: false, progress: ProgressReporter(context: context, isQuiet: true)
        ).run(store: store, context: context)
        for line in summary.text(.plain).split(separator: "\n") { try printer.line(String(line)) }
        return try DemoTranscripts.responses()
    }
}
