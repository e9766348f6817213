internal import Synchronization

/// The chain's latest final and sealed blocks, asked for no more often than needed, however many transactions want them.
final class ChainHeights: Sendable {
    private struct Known: Sendable {
        var block: FlowBlock
        var time: Duration
    }

    private let client: FlowClient
    private let known = Mutex<[BlockSelection: Known]>([:])

    init(client: FlowClient) { self.client = client }

    /// The latest block of a kind that is no older than `age`.
    func block(_ selection: BlockSelection, age: Duration) async throws(FlowError) -> FlowBlock {
        let now = client.clock.now
        if let known = known.withLock({ $0[selection] }), now - known.time <= age { return known.block }
        let block = try await client.block(selection)
        return known.withLock { all in
            // Another node may be behind the one that was asked before: heights never go back.
            if let earlier = all[selection], earlier.block.height > block.height {
                all[selection] = Known(block: earlier.block, time: now)
                return earlier.block
            }
            all[selection] = Known(block: block, time: now)
            return block
        }
    }
}
