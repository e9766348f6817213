internal import ArgumentParser
internal import ClaudeSimulator
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// `flowmeter simulate`: a simulator of the Claude API, for development and tests.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a simulator of the Claude API.",
        discussion: """
            It answers /v1/messages, count_tokens, batches and models as the API does, from a seed, and takes any key. \
            Header 'x-simulator-scenario' chooses what it does; GET /__simulator/served tells what it served.

            EXAMPLES:
              flowmeter simulate --port 4010
              flowmeter simulate --port 0 --port-file /tmp/simulator.port --seed 7
            """,
        shouldDisplay: false)

    @Option(help: "The address to listen on.")
    var host: String = "127.0.0.1"

    @Option(help: "The port to listen on; 0 lets the system choose.")
    var port: Int = 4010

    @Option(help: ArgumentHelp("Write the port to this file once it is open.", valueName: "file"), completion: .file())
    var portFile: String?

    @Option(help: "The seed of all answers.")
    var seed: UInt64 = 1

    @OptionGroup(title: "General") var console: ConsoleOptions

    mutating func validate() throws {
        if !(0...65_535).contains(port) { throw ValidationError("--port must be from 0 to 65535") }
    }

    func run() async throws {
        let context = CommandContext.current
        let settings = try console.settings(context: context)
        let logger = try console.logger("simulator", settings: settings, context: context)
        var configuration = ClaudeSimulator.Configuration()
        configuration.host = host
        configuration.port = port
        configuration.seed = seed
        configuration.logger = logger
        let (host, portFile, console) = (host, portFile, console)
        configuration.onRunning = { port in
            // Whoever waits for the file then finds the port open. A file that cannot be written is said at once.
            do {
                if let portFile { try PortFile.write(port: port, to: context.path(portFile)) }
                try console.note("simulator: listening on http://\(host):\(port)", context: context)
            } catch {
                logger.error("\(error)")
            }
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [ClaudeSimulator(configuration)], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger))
        try await group.run()
    }
}
