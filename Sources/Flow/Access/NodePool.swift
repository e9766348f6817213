internal import Synchronization

/// Which access node is asked next, and when.
///
/// Requests stay with one node as long as it is well, so that a client does not see time go back and forth between nodes
/// that are not equally far; when it fails, the next one is asked until it has recovered.
///
/// A node that answers can stand still all the same, or be far behind. Each answer about the chain's latest block says how
/// far its node is; a node that names a height more than ``AccessNodeState/tolerance`` blocks below one that another node had named
/// *before it was asked* is behind, whatever the rate of blocks, and is asked only when no other node is well. So that there
/// is something to compare without a request more than before, the next such question goes to another node than usual
/// every ``comparisonInterval``.
final class NodePool: Sendable {
    /// How often nodes are compared, if questions about the latest block are asked as often.
    static let comparisonInterval = Duration.seconds(30)

    /// A node to ask.
    struct Turn: Sendable {
        var index: Int
        /// How long to wait before.
        var wait: Duration
        /// When the node's rate lets the request go; `nil` where there is no limit.
        fileprivate var slot: Duration?
    }

    private struct State {
        var nodes: [NodeRecord]
        var preferred = 0
        /// When another node than usual was asked for the latest block.
        var compared: [BlockSelection: Duration] = [:]
    }

    let nodes: [AccessNode]
    private let state: Mutex<State>

    init(_ nodes: [AccessNode]) {
        self.nodes = nodes
        state = Mutex(State(nodes: nodes.map { _ in NodeRecord() }))
    }

    /// The node to ask now, avoiding `avoided` when there is another one.
    ///
    /// - Parameter latest: The latest block that is asked for, if the request is about one that any node can tell.
    func take(avoiding avoided: Int?, now: Duration, latest: BlockSelection? = nil) -> Turn {
        state.withLock { state in
            let usual = Self.usual(state, avoided, now)
            let index = latest.flatMap { Self.toCompare(&state, with: usual, $0, now) } ?? usual
            guard let rate = nodes[index].requestsPerSecond, rate > 0 else { return Turn(index: index, wait: .zero) }
            let slot = state.nodes[index].takeSlot(now: now, interval: .nanoseconds(1_000_000_000 / Int64(rate)))
            return Turn(index: index, wait: max(slot - now, .zero), slot: slot)
        }
    }

    /// Notes that a request is not sent after all: another one may have its time.
    func giveBack(_ turn: Turn) {
        guard let slot = turn.slot else { return }
        state.withLock { $0.nodes[turn.index].giveBack(slot) }
    }

    private static func usual(_ state: State, _ avoided: Int?, _ now: Duration) -> Int {
        let order = state.nodes.indices.map { ($0 + state.preferred) % state.nodes.count }
        let others = order.filter { $0 != avoided }
        let rested = others.filter { state.nodes[$0].restsUntil <= now }
        return rested.first { !state.nodes[$0].isBehind } ?? rested.first
            ?? others.min { state.nodes[$0].restsUntil < state.nodes[$1].restsUntil } ?? order[0]
    }

    // MARK: How far nodes are

    /// The node whose height was looked at longest ago, when it is time to compare it with the usual one's.
    private static func toCompare(
        _ state: inout State, with usual: Int, _ latest: BlockSelection, _ now: Duration
    ) -> Int? {
        guard let sighting = state.nodes[usual].sightings[latest] else { return nil }
        // Turn by turn: the usual node must have told its height since the last time.
        if let last = state.compared[latest], sighting.time < last || now - last < comparisonInterval { return nil }
        let well = state.nodes.indices.filter {
            $0 != usual && state.nodes[$0].failures == 0 && state.nodes[$0].restsUntil <= now
        }
        let nodes = state.nodes
        func time(_ index: Int) -> Duration { nodes[index].sightings[latest]?.time ?? .seconds(-1) }
        guard let index = well.min(by: { time($0) < time($1) }) else { return nil }
        state.compared[latest] = now
        return index
    }

    /// Notes the height that a node named.
    ///
    /// - Parameter asked: When it was asked: what others have named since does not count.
    /// - Returns: Whether it is behind another node that can be asked.
    func sighted(
        _ latest: BlockSelection, _ height: UInt64, of index: Int, asked: Duration, now: Duration
    ) -> Bool {
        state.withLock { state in
            let others = state.nodes.indices.filter { $0 != index && state.nodes[$0].failures == 0 }
            let highest =
                others.compactMap { state.nodes[$0].sightings[latest] }.filter { $0.time <= asked }
                .map(\.height).max() ?? 0
            let lag = highest > height ? highest - height : 0
            state.nodes[index].sightings[latest] = NodeRecord.Sighting(height: height, time: now)
            state.nodes[index].lags[latest] = lag > AccessNodeState.tolerance ? lag : nil
            guard lag > AccessNodeState.tolerance else { return false }
            let next = Self.usual(state, index, now)
            if state.preferred == index { state.preferred = next }
            return !state.nodes[next].isBehind && state.nodes[next].restsUntil <= now
        }
    }

    /// What is known of each node.
    func states(now: Duration) -> [AccessNodeState] {
        state.withLock { state in
            zip(nodes, state.nodes).map { node, state in
                AccessNodeState(
                    node: node, sealedHeight: state.sightings[.latestSealed]?.height,
                    finalHeight: state.sightings[.latestFinal]?.height, lag: state.lags.values.max(),
                    isResting: state.restsUntil > now)
            }
        }
    }

    // MARK: Failures

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
