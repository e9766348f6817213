import Flow
import FlowMockNode
import Synchronization

/// Streams from a mock node whose chain has a transaction with an event in every third block.
struct StreamHarness: Sendable {
    static let eventType = "A.f8d6e0586b0a20c7.Billing.Settled"

    let node: MockAccessNode
    let streams: FlowStreams

    /// Runs `body` with a node that behaves as scripted, and streams that connect again without a pause.
    static func run(
        _ scripts: [MockSocketScript] = [], attempts: Int = 50, silenceLimit: Duration = .seconds(3600),
        clock: any FlowClock = SystemFlowClock(),
        configure: (inout MockAccessNode.Configuration) -> Void = { _ in },
        _ body: (StreamHarness) async throws -> Void
    ) async throws {
        var configuration = MockAccessNode.Configuration()
        configuration.chain.chargesFees = false
        configuration.executor = { _ in .success(events: [MockEvent(type: eventType, fields: [])]) }
        configure(&configuration)
        try await MockAccessNode.withNode(configuration) { node in
            for script in scripts { node.scriptConnections(script) }
            let retries = RetryPolicy(attempts: attempts, firstPause: .zero, longestPause: .zero)
            let streams = try FlowStreams(
                nodes: [try AccessNode(node.baseURL)], retries: retries, silenceLimit: silenceLimit, clock: clock)
            try await body(StreamHarness(node: node, streams: streams))
        }
    }
}

/// Time that stands still until a test moves it.
final class ManualClock: FlowClock {
    private struct Sleeper {
        var id: Int
        var until: Duration
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var now = Duration.zero
        var sleepers: [Sleeper] = []
        var nextID = 0
        /// How often somebody went to sleep.
        var sleeps = 0
    }

    private let state = Mutex(State())

    var now: Duration { state.withLock { $0.now } }

    func sleep(for duration: Duration) async throws(CancellationError) {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let isDone = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.sleepers.append(Sleeper(id: id, until: state.now + duration, continuation: continuation))
                    state.sleeps += 1
                    return false
                }
                if isCancelled { continuation.resume(returning: false) }
            }
        } onCancel: {
            let sleepers = state.withLock { state in
                defer { state.sleepers.removeAll { $0.id == id } }
                return state.sleepers.filter { $0.id == id }
            }
            for sleeper in sleepers { sleeper.continuation.resume(returning: false) }
        }
        if !isDone { throw CancellationError() }
    }

    /// Returns when somebody has gone to sleep so many times in all; throws when the task is cancelled.
    func waitForSleeps(_ count: Int) async throws(CancellationError) {
        while state.withLock({ $0.sleeps < count }) {
            if Task.isCancelled { throw CancellationError() }
            await Task.yield()
        }
    }

    func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now += duration
            let now = state.now
            defer { state.sleepers.removeAll { $0.until <= now } }
            return state.sleepers.filter { $0.until <= now }
        }
        for sleeper in due { sleeper.continuation.resume(returning: true) }
    }
}

/// A seeded generator, so that a failing run can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var mixed = state
        mixed = (mixed ^ mixed >> 33) &* 0xFF51_AFD7_ED55_8CCD
        return mixed ^ mixed >> 33
    }
}
