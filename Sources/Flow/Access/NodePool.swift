internal import Synchronization

/// Which access node is asked next, and when.
///
/// Requests stay with one node as long as it is well, so that a client does not see time go back and forth between nodes
/// that are not equally far; when it fails, the next one is asked until it has recovered.
final class NodePool: Sendable {
    private struct NodeState {
        /// Failures since the last success.
        var failures = 0
        /// Before this, the node is asked only when there is no other.
        var restsUntil = Duration.zero
        /// When the next request may be sent, by the node's rate.
        var nextSlot = Duration.zero
    }

    private struct State {
        var nodes: [NodeState]
        var preferred = 0
    }

    let nodes: [AccessNode]
    private let state: Mutex<State>

    init(_ nodes: [AccessNode]) {
        self.nodes = nodes
        state = Mutex(State(nodes: nodes.map { _ in NodeState() }))
    }

    /// The node to ask now and how long to wait before, avoiding `avoided` when there is another one.
    func take(avoiding avoided: Int?, now: Duration) -> (index: Int, wait: Duration) {
        state.withLock { state in
            let order = state.nodes.indices.map { ($0 + state.preferred) % state.nodes.count }
            let rested = order.filter { state.nodes[$0].restsUntil <= now }
            let index =
                rested.first { $0 != avoided }
                ?? order.filter { $0 != avoided }.min { state.nodes[$0].restsUntil < state.nodes[$1].restsUntil }
                ?? order[0]
            var wait = max(state.nodes[index].nextSlot - now, .zero)
            if let rate = nodes[index].requestsPerSecond, rate > 0 {
                // A quiet node may catch up on a tenth of a second, no more.
                let start = max(state.nodes[index].nextSlot, now - .milliseconds(100))
                wait = max(start - now, .zero)
                state.nodes[index].nextSlot = start + .nanoseconds(1_000_000_000 / Int64(rate))
            }
            return (index, wait)
        }
    }

    func succeeded(_ index: Int) {
        state.withLock { state in
            state.nodes[index].failures = 0
            state.nodes[index].restsUntil = .zero
        }
    }

    /// Lets the node rest: longer with each failure, at most half a minute.
    func failed(_ index: Int, now: Duration) {
        state.withLock { state in
            state.nodes[index].failures += 1
            let seconds = min(1 << min(state.nodes[index].failures - 1, 5), 30)
            state.nodes[index].restsUntil = now + .seconds(seconds)
            if state.preferred == index, state.nodes.count > 1 { state.preferred = (index + 1) % state.nodes.count }
        }
    }
}
