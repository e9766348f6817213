internal import Hummingbird
public import ServiceLifecycle
internal import Synchronization

/// A simulator of the Claude API: a server that answers like it, deterministically, and knows what it served.
///
/// Tests use ``withServer(_:_:)``; programs run it as a `Service`. Answers follow from the seed, the request and how
/// often the same request came before, so two runs, or a run with and one without a proxy in between, can be compared.
public final class ClaudeSimulator: Service {
    /// How the simulator was set up.
    public let configuration: Configuration
    let state: Mutex<SimulatorState>
    private let startup = SimulatorGate(name: "startup")
    private let bound = Mutex<Result<Int, ClaudeSimulatorError>?>(nil)

    /// Creates a simulator.
    ///
    /// It serves while ``run()`` runs.
    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        state = Mutex(SimulatorState(configuration))
    }

    // MARK: Serving

    /// Starts a simulator, calls `body` once it accepts connections, and stops it when `body` returns or throws.
    ///
    /// Responses that still wait at gates are cut off then.
    @discardableResult
    public static func withServer<Value>(
        _ configuration: Configuration = Configuration(), _ body: (ClaudeSimulator) async throws -> Value
    ) async throws -> Value {
        let simulator = ClaudeSimulator(configuration)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await simulator.run() }
            defer { group.cancelAll() }
            try await simulator.waitUntilRunning()
            return try await body(simulator)
        }
    }

    /// Serves until the task is cancelled or graceful shutdown is triggered.
    ///
    /// Throws when the port cannot be bound.
    public func run() async throws {
        let application = Application(
            responder: SimulatorResponder(simulator: self),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port)),
            onServerRunning: { [self] channel in
                let port = channel.localAddress?.port ?? configuration.port
                started(.success(port))
                await configuration.onRunning?(port)
            },
            logger: configuration.logger)
        do {
            try await withGracefulShutdownHandler {
                try await application.run()
            } onGracefulShutdown: { [self] in
                for gate in allGates { gate.open() }
            }
        } catch {
            started(.failure(ClaudeSimulatorError(.notStarted, "the simulator cannot serve: \(error)")))
            throw error
        }
    }

    /// Returns the port when the server accepts connections; throws when it could not start.
    @discardableResult
    public func waitUntilRunning() async throws -> Int {
        try await startup.waitForArrivals()
        return try bound.withLock { $0 }?.get() ?? configuration.port
    }

    private func started(_ result: Result<Int, ClaudeSimulatorError>) {
        bound.withLock { bound in if bound == nil { bound = result } }
        startup.recordArrival()
    }

    /// The port that the server listens on; 0 before it runs.
    public var port: Int { if case .success(let port) = bound.withLock({ $0 }) { port } else { 0 } }

    /// The address for clients, such as `http://127.0.0.1:4010`.
    public var baseURL: String { "http://\(configuration.host):\(port)" }

    // MARK: Scripting

    /// Appends scenarios to the queue: each is used for one coming message request that brings none itself.
    public func enqueue(_ scenarios: Scenario...) { state.withLock { $0.queue += scenarios } }

    /// Sets the scenario of requests that bring none and find the queue empty.
    public func setDefault(_ scenario: Scenario) { state.withLock { $0.fallback = scenario } }

    /// The gate of this name.
    ///
    /// Scenarios refer to it by ``Scenario/GatePoint``; it is closed at first.
    public func gate(_ name: String) -> SimulatorGate { state.withLock { $0.gate(name) } }

    private var allGates: [SimulatorGate] { state.withLock { Array($0.gates.values) } }

    /// Forgets everything: queue, gates, prompt cache, batches, repetitions and what was served.
    ///
    /// Waiting responses are let through.
    public func reset() {
        for gate in allGates { gate.open() }
        state.withLock { $0.reset(configuration) }
    }

    // MARK: What was served

    /// Everything served so far, in the order of requests.
    public var served: [ServedResponse] { state.withLock { $0.served } }

    /// The messages among ``served``, batch results included.
    public var servedMessages: [ServedResponse] { served.filter { $0.kind != .other && $0.messageID != nil } }

    /// Waits until so many responses have come to their end, and returns everything served so far.
    public func waitForServed(_ count: Int = 1) async throws(CancellationError) -> [ServedResponse] {
        try await state.withLock { $0.finished }.waitForArrivals(count)
        return served
    }
}
