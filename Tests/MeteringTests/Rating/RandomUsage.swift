import Claude
import Metering
import MeteringConformance

/// Random responses that exercise every rule of rating.
struct RandomUsage {
    private var generator: SeededGenerator

    static let models: [String?] = [
        "claude-opus-5-5", "claude-opus-5-5[1m]", "claude-opus-5", "claude-opus-4-8", "claude-opus-4-7-20260416",
        "claude-opus-4-6", "claude-opus-4-5-20251101", "claude-sonnet-5-5", "claude-sonnet-5-5", "claude-sonnet-5",
        "claude-sonnet-4-6", "claude-sonnet-4-5-20250929", "claude-sonnet-4-20250514", "claude-3-5-haiku-20241022",
        "claude-haiku-5-5", "claude-haiku-5-5", "claude-haiku-5-5-20261007", "claude-haiku-4-5", "claude-fable-5-2",
        "claude-fable-5-1", "claude-fable-5", "claude-mythos-5-2", "claude-mythos-5-1", "claude-mythos-5",
        "claude-mythos-preview", "claude-opus-4-20250514", "gpt-9", "evil name\n/input", "", nil,
    ]

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &generator)]
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 1...100, using: &generator) <= percent }

    private mutating func count() -> Int64 {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0...2: 0
        case 3: Int64.random(in: 1...5, using: &generator)
        case 4: pick([25_000, 49_999, 50_000, 50_001, 99_999, 100_000, 100_001])
        case 5: Int64.random(in: 0...MessageUsage.countLimit / 1_000_000, using: &generator)
        default: Int64.random(in: 0...60_000, using: &generator)
        }
    }

    private mutating func split(of total: Int64) -> MessageUsage.CacheCreation? {
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: return nil
        case 1: return .init(ephemeral5mInputTokens: count(), ephemeral1hInputTokens: count())
        case 2: return .init()
        default:
            let hour = Int64.random(in: 0...total, using: &generator)
            let rest = chance(80) ? total - hour : Int64.random(in: 0...(total - hour), using: &generator)
            return .init(ephemeral5mInputTokens: rest, ephemeral1hInputTokens: hour)
        }
    }

    private mutating func iteration() -> MessageUsage.Iteration {
        let types = ["message", "message", "message", "compaction", "advisor_message", "fallback_message", "novel"]
        var iteration = MessageUsage.Iteration(type: pick(types), model: chance(50) ? pick(Self.models) : nil)
        iteration.inputTokens = count()
        iteration.cacheCreationInputTokens = chance(50) ? count() : 0
        iteration.cacheCreation = split(of: iteration.cacheCreationInputTokens)
        iteration.cacheReadInputTokens = count()
        iteration.outputTokens = chance(30) ? 0 : count()
        return iteration
    }

    /// A response.
    ///
    /// One that is not sane may have counts that no response can have.
    mutating func record(sane: Bool = true) -> MessageRecord {
        var record = MessageRecord(
            id: "msg", model: pick(Self.models),
            stopReason: pick(["end_turn", "tool_use", "max_tokens", "refusal", nil]),
            hasContent: chance(70),
            ending: chance(75) ? .complete : pick([.truncated, .error(type: "overloaded_error")]),
            generatedBytes: count())
        record.usage.inputTokens = count()
        record.usage.cacheCreationInputTokens = chance(50) ? count() : 0
        record.usage.cacheCreation = split(of: record.usage.cacheCreationInputTokens)
        record.usage.cacheReadInputTokens = count()
        record.usage.outputTokens = count()
        record.usage.thinkingTokens = count()
        record.usage.webSearchRequests = chance(20) ? Int64.random(in: 0...9, using: &generator) : 0
        record.usage.webFetchRequests = chance(20) ? 3 : 0
        record.usage.serviceTier = pick(["standard", "standard", "standard", "batch", "priority", nil])
        record.usage.inferenceGeo = pick(["global", "global", "us", "not_available", "eu", nil])
        record.usage.speed = pick(["standard", "standard", "fast", nil])
        if chance(35) {
            record.usage.iterations = (0..<Int.random(in: 1...5, using: &generator)).map { _ in iteration() }
        }
        if !sane { spoil(&record) }
        return record
    }

    private mutating func spoil(_ record: inout MessageRecord) {
        let values: [Int64] = [-1, .min, .max, MessageUsage.countLimit, MessageUsage.countLimit + 1]
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: record.usage.inputTokens = pick(values)
        case 1:
            record.usage.cacheCreation = .init(
                ephemeral5mInputTokens: pick(values), ephemeral1hInputTokens: pick(values))
        case 2: record.generatedBytes = pick(values)
        case 3: record.usage.webSearchRequests = pick(values)
        case 4: record.problem = ClaudeError(pick([.malformedUsage, .malformedEvent]), "x")
        default:
            record.usage.iterations = (0..<3).map { _ in
                var iteration = iteration()
                iteration.outputTokens = pick(values)
                return iteration
            }
        }
    }

    /// A moment around the dates on which prices changed.
    mutating func time() -> Timestamp {
        let days = ["2026-10-07", "2026-11-09"].compactMap { try? Day(text: $0) }
        let offset =
            chance(50)
            ? Int64.random(in: -86_400_000...86_400_000, using: &generator)
            : pick([-1, 0, 1, -40 * 86_400_000, 40 * 86_400_000] as [Int64])
        return Timestamp(milliseconds: pick(days).start.milliseconds + offset)
    }
}
