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
    /// current spork, are an error.
    ///
    /// - Parameter end: The last height to read; then it returns.
    public func run(_ consumer: some EventConsumer, until end: UInt64? = nil) async throws {
        var cursor = try await consumer.cursor()
        var refusals = 0
        while true {
            try Task.checkCancellation()
            if let cursor, let end, cursor.nextHeight > end { return }
            guard let (blocks, next) = try await read(after: cursor, until: end, refusals: &refusals) else {
                try await client.clock.sleep(for: pause)
                continue
            }
            refusals = 0
            if !blocks.isEmpty || next != cursor { try await consumer.consume(blocks, advancingTo: next) }
            cursor = next
        }
    }

    /// How often in a row heights may be refused: a node that is behind does so, and one that never had them.
    private static let refusalLimit = 10

    /// The next events; `nil` when there is nothing new.
    private func read(
        after cursor: EventCursor?, until end: UInt64?, refusals: inout Int
    ) async throws -> (blocks: [BlockEvents], next: EventCursor)? {
        do throws(FlowError) {
            let sealed = try await client.block(.latestSealed).height
            let first = cursor?.nextHeight ?? start ?? sealed
            let last = min(sealed, first + (FlowClient.eventRangeLimit - 1), end ?? .max)
            guard first <= last else { return nil }
            return try await read(first...last)
        } catch {
            if error.code == .notFound || error.code == .refused { refusals += 1 }
            if Task.isCancelled || error.code == .invalidInput || refusals == Self.refusalLimit { throw error }
            return nil
        }
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
            for block in answer { merged[block.height, default: Self.empty(block)].events += block.events }
        }
        let blocks = merged.values.filter { $0.height <= reached }.sorted { $0.height < $1.height }
        return (blocks.map(Self.sorted).filter { !$0.events.isEmpty }, EventCursor(nextHeight: reached + 1))
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

    private static func sorted(_ block: BlockEvents) -> BlockEvents {
        var block = block
        block.events.sort { ($0.transactionIndex, $0.eventIndex) < ($1.transactionIndex, $1.eventIndex) }
        return block
    }
}
