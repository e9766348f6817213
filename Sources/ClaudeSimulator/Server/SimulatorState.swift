/// What changes while the simulator serves.
///
/// No I/O and no waiting happens here.
struct SimulatorState: Sendable {
    var queue: [Scenario] = []
    var fallback = Scenario()
    var cache: PromptCache
    var served: [ServedResponse] = []
    /// Counts responses that have come to their end.
    var finished = SimulatorState.counter()
    var gates: [String: SimulatorGate] = [:]
    var batches: [Batch] = []
    private var repetitions: [FNVHash: UInt64] = [:]
    private var epoch = 0

    /// Names a served response, also after a reset.
    struct Ticket: Sendable {
        fileprivate let epoch: Int
        fileprivate let index: Int
    }

    init(_ configuration: ClaudeSimulator.Configuration) {
        cache = PromptCache(minimumTokens: configuration.minimumCacheableTokens)
    }

    mutating func reset(_ configuration: ClaudeSimulator.Configuration) {
        let epoch = epoch
        self = SimulatorState(configuration)
        self.epoch = epoch + 1
    }

    private static func counter() -> SimulatorGate {
        let gate = SimulatorGate(name: "finished")
        gate.open()
        return gate
    }

    mutating func gate(_ name: String) -> SimulatorGate {
        if let gate = gates[name] { return gate }
        let gate = SimulatorGate(name: name)
        gates[name] = gate
        return gate
    }

    mutating func nextScenario() -> Scenario { queue.isEmpty ? fallback : queue.removeFirst() }

    /// The generator of one request: the same for the same seed, request and repetition.
    mutating func generator(seed: UInt64, path: String, body: [UInt8]) -> SeededGenerator {
        var hash = FNVHash()
        hash.combine(path.utf8)
        hash.combine(body)
        let repetition = repetitions[hash, default: 0]
        repetitions[hash] = repetition + 1
        var mixer = SeededGenerator(seed: seed ^ hash.value &+ repetition &* 0x9E37_79B9_7F4A_7C15)
        return SeededGenerator(seed: mixer.next())
    }

    mutating func begin(_ response: ServedResponse) -> Ticket {
        var response = response
        response.sequence = served.count
        served.append(response)
        return Ticket(epoch: epoch, index: response.sequence)
    }

    mutating func finish(_ ticket: Ticket, _ progress: ServedResponse.Progress) {
        guard ticket.epoch == epoch else { return }
        served[ticket.index].progress = progress
        finished.recordArrival()
    }
}
