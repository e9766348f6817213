internal import Metering
internal import Synchronization

/// Tells how far a walk over stored events is, where it is long enough for a person to wonder.
final class WalkProgress: Sendable {
    /// So many events are walked over before a line about it would be read.
    static let silentBelow: Int64 = 20_000

    private struct State {
        var reporter: ProgressReporter
        var done: Int64 = 0
        var isShown = false
    }

    private let title: String
    private let state: Mutex<State>

    init(_ title: String, context: CommandContext, isQuiet: Bool) {
        self.title = title
        state = Mutex(State(reporter: ProgressReporter(context: context, isQuiet: isQuiet)))
    }

    /// The walk begins: over what comes after `sequence` in each chain.
    func begin(_ heads: [ChainHead], after sequence: Int64 = 0) {
        let total = heads.reduce(0) { $0 + max(0, $1.sequence - sequence) }
        guard total >= Self.silentBelow else { return }
        change { state throws(CommandError) in
            state.isShown = true
            try state.reporter.begin(title, total: total, unit: .events)
        }
    }

    /// So many more events are behind it.
    func add(_ count: Int) {
        change { state throws(CommandError) in
            state.done += Int64(count)
            if state.isShown { try state.reporter.update(state.done) }
        }
    }

    /// The walk is over.
    func finish() {
        change { state throws(CommandError) in
            if state.isShown { try state.reporter.finish() }
        }
    }

    private func change(_ body: (inout State) throws(CommandError) -> Void) {
        do throws(CommandError) {
            try state.withLock { state throws(CommandError) in try body(&state) }
        } catch {
            // lint: dropped. Progress that nobody can see holds up no work.
        }
    }
}
