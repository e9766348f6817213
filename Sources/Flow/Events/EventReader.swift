/// Reads events of sealed blocks, height by height, and gives each to a consumer once.
///
/// A node that is behind cuts a range without saying so, and different nodes are differently far; so the cursor follows the
/// heights that an answer lists, which it does for empty blocks too, and never the ones that were asked for.
public struct EventReader: Sendable {
    /// The types of events, as `A.0ae53cb6e3f42a79.FlowToken.TokensDeposited`.
    public var types: [String]
    /// Where to begin when the consumer has no cursor; `nil` for the latest sealed block.
    public var start: UInt64?
    /// The pause when there is nothing new.
    public var pause: Duration

    private let client: FlowClient

    /// Creates a reader.
    ///
    /// - Parameter types: At least one type; of several, the events of a block come in the order of their emission.
    public init(
        client: FlowClient, types: [String], start: UInt64? = nil, pause: Duration = .seconds(1)
    ) throws(FlowError) {
        guard !types.isEmpty, Set(types).count == types.count else {
            throw FlowError(.invalidInput, "a reader needs at least one type of event, and each once")
        }
        for type in types { try EventType.check(type) }
        self.client = client
        self.types = types
        self.start = start
        self.pause = pause
    }

    /// Reads until the task is cancelled or the consumer throws.
    ///
    /// Trouble with the access nodes is waited out. Heights that they do not have, because they are from before the
    /// current spork, are an error that names the first one that they have; and so is a stored cursor that is far beyond
    /// the chain, which is that of another network, or of an emulator that was begun anew.
    ///
    /// - Parameter end: The last height to read; then it returns.
    public func run(_ consumer: some EventConsumer, until end: UInt64? = nil) async throws {
        var cursor = try await consumer.cursor()
        var refusals = 0
        while true {
            try Task.checkCancellation()
            if let first = cursor?.nextHeight ?? start, let end, first > end { return }
            guard let (blocks, next) = try await read(after: cursor, until: end, refusals: &refusals) else {
                try await client.clock.sleep(for: pause)
                continue
            }
            refusals = 0
            if !blocks.isEmpty || next != cursor { try await consumer.consume(blocks, advancingTo: next) }
            cursor = next
        }
    }

    /// How often in a row a request may be refused for a reason that is not known to pass.
    private static let refusalLimit = 10
    /// How many blocks nodes may be behind a stored cursor: more than two hours.
    private static let longestLag: UInt64 = 10_000

    /// The next events; `nil` when there is nothing new.
    private func read(
        after cursor: EventCursor?, until end: UInt64?, refusals: inout Int
    ) async throws -> (blocks: [BlockEvents], next: EventCursor)? {
        let sealed: UInt64
        do throws(FlowError) {
            // Behind the last height of all there would be no cursor.
            sealed = min(try await client.block(.latestSealed).height, .max - 1)
        } catch {
            if Task.isCancelled { throw error }
            return nil
        }
        let first = cursor?.nextHeight ?? start ?? sealed
        guard first <= sealed else {
            if cursor != nil, first - sealed > Self.longestLag { throw beyondChain(first, sealed) }
            return nil
        }
        let last = min(
            sealed - first < FlowClient.eventRangeLimit ? sealed : first + (FlowClient.eventRangeLimit - 1), end ?? .max
        )
        do throws(FlowError) { return try await read(first...last) } catch {
            if Task.isCancelled || error.code == .invalidInput { throw error }
            // Another node than the one that told the height, and behind it (flow-go `engine/access/rpc/backend/events`).
            if error.message.contains("is greater than the last sealed block height") { return nil }
            if error.code != .malformedAnswer, let root = try await root(above: first) {
                throw beforeRoot(first, root, error)
            }
            if error.code == .notFound || error.code == .refused { refusals += 1 }
            if refusals == Self.refusalLimit { throw error }
            return nil
        }
    }

    /// The first height that the nodes have, when it is above the one that is wanted.
    private func root(above height: UInt64) async throws -> UInt64? {
        do throws(FlowError) {
            let root = try await client.nodeVersion().nodeRootHeight
            return root > height ? root : nil
        } catch {
            if Task.isCancelled { throw error }
            return nil
        }
    }

    private func beforeRoot(_ height: UInt64, _ root: UInt64, _ cause: FlowError) -> FlowError {
        FlowError(
            .notFound,
            "height \(height) is from before the access node's first block \(root), an earlier spork: read it from a node "
                + "of that spork, or start at \(root)", cause: cause)
    }

    private func beyondChain(_ height: UInt64, _ sealed: UInt64) -> FlowError {
        FlowError(
            .notFound,
            "the stored cursor \(height) is far beyond the latest sealed block \(sealed): it is of another network, or the "
                + "chain was begun anew")
    }

    private func read(
        _ heights: ClosedRange<UInt64>
    ) async throws(FlowError) -> (blocks: [BlockEvents], next: EventCursor)? {
        var merged: [UInt64: BlockEvents] = [:]
        var reached = heights.upperBound
        for type in types {
            let answer = try await client.events(type, heights: heights)
            guard let last = try Self.lastHeight(of: answer, from: heights.lowerBound) else { return nil }
            reached = min(reached, last)
            for block in answer {
                var whole = merged[block.height] ?? Self.empty(block)
                guard whole.blockID == block.blockID else { throw Self.otherChain(block.height) }
                whole.events += block.events
                merged[block.height] = whole
            }
        }
        var blocks: [BlockEvents] = []
        for block in merged.values where block.height <= reached && !block.events.isEmpty {
            blocks.append(try Self.sorted(block))
        }
        return (blocks.sorted { $0.height < $1.height }, EventCursor(nextHeight: reached + 1))
    }

    /// How far an answer goes: its heights must follow each other from the first one asked for.
    private static func lastHeight(
        of answer: [BlockEvents], from first: UInt64
    ) throws(FlowError) -> UInt64? {
        var expected = first
        for block in answer.sorted(by: { $0.height < $1.height }) {
            guard block.height == expected else {
                throw FlowError(.malformedAnswer, "the access node left out the events of height \(expected)")
            }
            expected += 1
        }
        return answer.isEmpty ? nil : expected - 1
    }

    private static func empty(_ block: BlockEvents) -> BlockEvents {
        BlockEvents(blockID: block.blockID, height: block.height, timestamp: block.timestamp, events: [])
    }

    /// A block with its events in the order of their emission, each of which must be there once.
    private static func sorted(_ block: BlockEvents) throws(FlowError) -> BlockEvents {
        var block = block
        block.events.sort { ($0.transactionIndex, $0.eventIndex) < ($1.transactionIndex, $1.eventIndex) }
        for (one, next) in zip(block.events, block.events.dropFirst())
        where one.transactionIndex == next.transactionIndex && one.eventIndex == next.eventIndex {
            throw FlowError(.malformedAnswer, "the access node repeated an event of height \(block.height)")
        }
        return block
    }

    private static func otherChain(_ height: UInt64) -> FlowError {
        FlowError(.malformedAnswer, "two access nodes have different sealed blocks at height \(height)")
    }
}
