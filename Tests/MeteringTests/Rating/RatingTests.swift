import Claude
import Metering
import Testing

/// One test per rule of docs/pricing.md.
@Suite("Rating")
struct RatingTests {
    private let book = PriceCatalog.anthropic.books[PriceCatalog.anthropic.books.count - 1]

    private func record(_ model: String? = "claude-opus-5-5", _ change: (inout MessageRecord) -> Void = { _ in })
        -> MessageRecord
    {
        var record = MessageRecord(
            id: "msg_1", model: model, stopReason: "end_turn", hasContent: true, ending: .complete)
        change(&record)
        return record
    }

    private func lines(_ record: MessageRecord) -> [String] {
        Rating.lines(for: record).map { "\($0.sku) \($0.quantity)" }
    }

    private func usd(_ record: MessageRecord) -> String? {
        guard case .priced(let charge) = Rating.charge(for: Rating.lines(for: record), book: book) else { return nil }
        return charge.description
    }

    @Test("the example of the protocol: every dimension at its own price")
    func allDimensions() {
        let record = record {
            $0.usage.inputTokens = 12
            $0.usage.cacheCreationInputTokens = 300
            $0.usage.cacheReadInputTokens = 7123
            $0.usage.cacheCreation = .init(ephemeral5mInputTokens: 100, ephemeral1hInputTokens: 200)
            $0.usage.outputTokens = 89
            $0.usage.thinkingTokens = 12
            $0.usage.webSearchRequests = 1
            $0.usage.webFetchRequests = 9
        }
        #expect(
            lines(record) == [
                "claude-opus-5-5/cache_read 7123", "claude-opus-5-5/cache_write_1h 200",
                "claude-opus-5-5/cache_write_5m 100", "claude-opus-5-5/input 12", "claude-opus-5-5/output 89",
                "web_search 1",
            ])
        // (12×4 + 100×5 + 200×8 + 7123×0.20 + 89×20) / 10⁶ + 0.01
        #expect(usd(record) == "0.0153526")
    }

    @Test("thinking is part of the output and web fetches are free")
    func informationOnly() {
        #expect(
            lines(
                record {
                    $0.usage.thinkingTokens = 50; $0.usage.webFetchRequests = 5
                }) == [])
    }

    @Test(
        "cache writes go by their split; what it leaves out counts as five minutes",
        arguments: [
            (300, nil, nil, ["cache_write_5m 300"]), (300, 100, 200, ["cache_write_1h 200", "cache_write_5m 100"]),
            (350, 100, 200, ["cache_write_1h 200", "cache_write_5m 150"]), (300, 0, 300, ["cache_write_1h 300"]),
            (300, 0, 0, ["cache_write_5m 300"]), (0, 100, 200, ["cache_write_1h 200", "cache_write_5m 100"]),
            (250, 100, 200, ["cache_write_1h 200", "cache_write_5m 100"]), (0, 0, 0, []),
        ] as [(Int64, Int64?, Int64?, [String])])
    func cacheWrites(_ total: Int64, _ fiveMinutes: Int64?, _ oneHour: Int64?, _ expected: [String]) {
        let record = record {
            $0.usage.cacheCreationInputTokens = total
            if let fiveMinutes, let oneHour {
                $0.usage.cacheCreation = .init(ephemeral5mInputTokens: fiveMinutes, ephemeral1hInputTokens: oneHour)
            }
        }
        #expect(lines(record) == expected.map { "claude-opus-5-5/\($0)" })
    }

    @Test(
        "a prompt of more than 100,000 tokens makes every token of Haiku 5.5 dearer, and of no other model",
        arguments: [
            ("claude-haiku-5-5", 60_000, 40_000, 0, ""), ("claude-haiku-5-5", 60_000, 40_001, 0, "+long"),
            ("claude-haiku-5-5", 60_000, 40_000, 1, "+long"), ("claude-haiku-5-5", 100_000, 0, 0, ""),
            ("claude-haiku-5-5", 100_001, 0, 0, "+long"), ("claude-haiku-5-5-20261007", 100_001, 0, 0, "+long"),
            ("claude-haiku-5-5[1m]", 0, 100_001, 0, "+long"), ("claude-opus-5-5", 900_000, 0, 0, ""),
            ("claude-haiku-4-5", 150_000, 0, 0, ""),
        ] as [(String, Int64, Int64, Int64, String)])
    func longPrompts(_ model: String, _ input: Int64, _ read: Int64, _ written: Int64, _ suffix: String) {
        let record = record(model) {
            $0.usage.inputTokens = input
            $0.usage.cacheReadInputTokens = read
            $0.usage.cacheCreationInputTokens = written
            $0.usage.outputTokens = 1_000_000
        }
        let skus = Rating.lines(for: record).map(\.sku.rawValue)
        let tokenSKUs = skus.filter { $0 != "web_search" }
        #expect(!tokenSKUs.isEmpty && tokenSKUs.allSatisfy { $0.hasSuffix("+long") == (suffix == "+long") }, "\(skus)")
        #expect(skus.contains { $0.contains("/output") })
    }

    @Test(
        "speed, place and tier are those the response states",
        arguments: [
            (nil, nil, nil, ""), ("standard", "global", "standard", ""), ("fast", nil, nil, "+fast"),
            (nil, "us", nil, "+us"),
            (nil, nil, "batch", "+batch"), ("fast", "us", nil, "+fast+us"), (nil, "us", "batch", "+us+batch"),
            ("fast", "us", "batch", "+fast+us+batch"), (nil, "not_available", "priority", ""),
            ("FAST", "US", "Batch", ""),
        ] as [(String?, String?, String?, String)])
    func modifiers(_ speed: String?, _ geo: String?, _ tier: String?, _ suffix: String) {
        let record = record {
            $0.usage.inputTokens = 1
            $0.usage.webSearchRequests = 1
            $0.usage.speed = speed
            $0.usage.inferenceGeo = geo
            $0.usage.serviceTier = tier
        }
        #expect(lines(record) == ["claude-opus-5-5/input\(suffix) 1", "web_search 1"])
    }

    @Test(
        "multipliers stack, and web search is never multiplied",
        arguments: [
            ("claude-opus-5-5", "fast", "us", nil, "8.81"), ("claude-opus-5-5", nil, "us", nil, "4.41"),
            ("claude-opus-5-5", nil, "us", "batch", "2.21"), ("claude-opus-5-5", "fast", nil, nil, "8.01"),
            ("claude-fable-5-2", "fast", "us", nil, "17.61"), ("claude-opus-5-5", nil, nil, "priority", "4.01"),
        ] as [(String, String?, String?, String?, String)])
    func stacking(_ model: String, _ speed: String?, _ geo: String?, _ tier: String?, _ expected: String) {
        let record = record(model) {
            $0.usage.inputTokens = 1_000_000
            $0.usage.webSearchRequests = 1
            $0.usage.speed = speed
            $0.usage.inferenceGeo = geo
            $0.usage.serviceTier = tier
        }
        #expect(usd(record) == expected)
    }

    @Test(
        "what is not on sale is unpriced, and names what is missing",
        arguments: [
            ("claude-opus-4-6", "fast", nil, nil, "claude-opus-4-6/input+fast"),
            ("claude-haiku-4-5", nil, "us", nil, "claude-haiku-4-5/input+us"),
            ("claude-opus-5-5", "fast", nil, "batch", "claude-opus-5-5/input+fast+batch"),
            ("claude-opus-4-20250514", nil, nil, nil, "claude-opus-4/input"),
            ("claude-future-9", nil, nil, nil, "claude-future-9/input"), (nil, nil, nil, nil, "unknown/input"),
            ("evil model\n/input", nil, nil, nil, "evil%20model%0A%2Finput/input"),
        ] as [(String?, String?, String?, String?, String)])
    func unpriced(_ model: String?, _ speed: String?, _ geo: String?, _ tier: String?, _ missing: String) {
        let record = record(model) {
            $0.usage.inputTokens = 1
            $0.usage.webSearchRequests = 1
            $0.usage.speed = speed
            $0.usage.inferenceGeo = geo
            $0.usage.serviceTier = tier
        }
        let charge = Rating.charge(for: Rating.lines(for: record), book: book)
        #expect(charge == .unpriced(missing: [SKU(rawValue: missing)]))
    }

    private func iteration(
        _ type: String, _ model: String? = nil, input: Int64 = 0, output: Int64 = 0, read: Int64 = 0
    ) -> MessageUsage.Iteration {
        var iteration = MessageUsage.Iteration(type: type, model: model)
        iteration.inputTokens = input
        iteration.outputTokens = output
        iteration.cacheReadInputTokens = read
        return iteration
    }

    @Test("iterations are the bill, and the top-level token counts are not")
    func iterations() {
        let record = record {
            $0.usage.inputTokens = 999
            $0.usage.outputTokens = 999
            $0.usage.webSearchRequests = 2
            $0.usage.inferenceGeo = "us"
            $0.usage.iterations = [
                iteration("compaction", input: 1000, output: 50), iteration("message", input: 10, output: 5),
                iteration("advisor_message", "claude-fable-5-1", input: 7, output: 3),
                iteration("something_new", input: 1),
            ]
        }
        #expect(
            lines(record) == [
                "claude-fable-5-1/input+us 7", "claude-fable-5-1/output+us 3", "claude-opus-5-5/input+us 1011",
                "claude-opus-5-5/output+us 55", "web_search 2",
            ])
    }

    @Test("an advisor is billed at its own model's price")
    func advisor() {
        let record = record("claude-haiku-5-5") {
            $0.usage.iterations = [
                iteration("message", input: 1_000_000 / 10, output: 0),
                iteration("advisor_message", "claude-opus-5-5", input: 10_000, output: 2_000),
            ]
        }
        // 100,000 × 0.10 + 10,000 × 4 + 2,000 × 20, per million
        #expect(usd(record) == "0.09")
    }

    @Test(
        "an attempt that declined before any output is free when a fallback answered",
        arguments: [
            (0, true, ["claude-opus-5-5/input 20", "claude-opus-5-5/output 9"]),
            (
                1, true,
                [
                    "claude-fable-5-1/input 10", "claude-fable-5-1/output 1", "claude-opus-5-5/input 20",
                    "claude-opus-5-5/output 9",
                ]
            ),
            (0, false, ["claude-fable-5-1/input 10"]),
        ] as [(Int64, Bool, [String])])
    func declined(_ output: Int64, _ hasFallback: Bool, _ expected: [String]) {
        let record = record("claude-fable-5-1") {
            $0.usage.iterations = [iteration("message", "claude-fable-5-1", input: 10, output: output)]
            if hasFallback {
                $0.usage.iterations.append(iteration("fallback_message", "claude-opus-5-5", input: 20, output: 9))
            }
        }
        #expect(lines(record) == expected)
    }

    @Test("only attempts before the fallback can have been declined, and compactions never")
    func declinedOrder() {
        let record = record {
            $0.usage.iterations = [
                iteration("compaction", input: 1), iteration("message", input: 10), iteration("message", input: 100),
                iteration("fallback_message", "claude-sonnet-5-5", input: 1000), iteration("message", input: 10_000),
            ]
        }
        #expect(lines(record) == ["claude-opus-5-5/input 10001", "claude-sonnet-5-5/input 1000"])
    }

    @Test("each iteration is a request of its own, so each has its own prompt size")
    func longIterations() {
        let record = record("claude-haiku-5-5") {
            $0.usage.iterations = [
                iteration("message", input: 40_000, output: 1), iteration("message", input: 100_001, output: 2),
                iteration("compaction", input: 40_000, output: 4),
            ]
        }
        #expect(
            lines(record) == [
                "claude-haiku-5-5/input 80000", "claude-haiku-5-5/input+long 100001", "claude-haiku-5-5/output 5",
                "claude-haiku-5-5/output+long 2",
            ])
    }

    @Test(
        "a refusal without content is free, and one in mid-stream is not",
        arguments: [(false, []), (true, ["claude-opus-5-5/input 100", "claude-opus-5-5/output 5"])])
    func refusals(_ hasContent: Bool, _ expected: [String]) {
        let record = record {
            $0.stopReason = "refusal"
            $0.hasContent = hasContent
            $0.usage.inputTokens = 100
            $0.usage.outputTokens = 5
        }
        #expect(lines(record) == expected)
        #expect(Rating.isMetered(record))
        if !hasContent { #expect(usd(record) == "0") }
    }

    @Test("max_tokens 0 costs the cache write alone")
    func warmUp() {
        let record = record {
            $0.stopReason = "max_tokens"
            $0.hasContent = false
            $0.usage.cacheCreationInputTokens = 1_000_000
        }
        #expect(usd(record) == "5")
    }

    @Test(
        "output is estimated from the text when the stream broke off, and never below what was reported",
        arguments: [
            (.truncated, 1, 400, 100), (.truncated, 1, 401, 101), (.truncated, 500, 400, 500), (.truncated, 3, 0, 3),
            (.error(type: "overloaded_error"), 1, 4, 1), (.error(type: "overloaded_error"), 1, 5, 2),
            (.complete, 1, 400, 1),
        ] as [(MessageRecord.Ending, Int64, Int64, Int64)])
    func estimates(_ ending: MessageRecord.Ending, _ reported: Int64, _ bytes: Int64, _ output: Int64) {
        let record = record {
            $0.ending = ending
            $0.generatedBytes = bytes
            $0.usage.inputTokens = 7
            $0.usage.outputTokens = reported
        }
        #expect(lines(record) == ["claude-opus-5-5/input 7", "claude-opus-5-5/output \(output)"])
    }

    @Test("with iterations an estimate goes to the last pass that answered")
    func estimatedIterations() {
        let record = record {
            $0.ending = .truncated
            $0.generatedBytes = 400
            $0.usage.iterations = [
                iteration("message", output: 30), iteration("message", "claude-sonnet-5-5", output: 10),
                iteration("advisor_message", "claude-fable-5-1", output: 500),
            ]
        }
        #expect(
            lines(record) == [
                "claude-fable-5-1/output 500", "claude-opus-5-5/output 30", "claude-sonnet-5-5/output 70",
            ])
    }

    @Test(
        "counts that no response can have leave the event unpriced",
        arguments: [
            { $0.usage.inputTokens = -1 }, { $0.usage.outputTokens = MessageUsage.countLimit + 1 },
            { $0.usage.cacheReadInputTokens = .min }, { $0.usage.webSearchRequests = .max },
            { $0.usage.cacheCreationInputTokens = -5 }, { $0.usage.cacheCreation = .init(ephemeral5mInputTokens: -1) },
            { $0.usage.cacheCreation = .init(ephemeral1hInputTokens: .max) },
            { record in
                var bad = MessageUsage.Iteration(type: "message")
                bad.outputTokens = -1
                record.usage.iterations = [bad]
            },
            { record in
                var large = MessageUsage.Iteration(type: "message")
                large.outputTokens = MessageUsage.countLimit
                record.usage.iterations = [large, large]
            },
            { record in
                record.usage.iterations = (0...1_000).map {
                    var pass = MessageUsage.Iteration(type: "message", model: "m\($0)")
                    pass.outputTokens = 1
                    return pass
                }
            },
            {
                $0.generatedBytes = .max; $0.ending = .truncated
            },
        ] as [@Sendable (inout MessageRecord) -> Void])
    func nonsense(_ spoil: @Sendable (inout MessageRecord) -> Void) throws {
        let record = record {
            $0.usage.inputTokens = 10
            spoil(&$0)
        }
        #expect(lines(record) == ["claude-opus-5-5/unreadable_usage 1"])
        let charge = Rating.charge(for: Rating.lines(for: record), book: book)
        #expect(charge == .unpriced(missing: [SKU(rawValue: "claude-opus-5-5/unreadable_usage")]))
    }

    @Test("usage that could not be read keeps its known counts and is unpriced")
    func problems() {
        let record = record {
            $0.usage.inputTokens = 10
            $0.problem = ClaudeError(.malformedUsage, "output_tokens is negative")
        }
        #expect(lines(record) == ["claude-opus-5-5/input 10", "claude-opus-5-5/unreadable_usage 1"])
        #expect(usd(record) == nil)
        let refused = self.record {
            $0.stopReason = "refusal"
            $0.hasContent = false
            $0.problem = ClaudeError(.malformedUsage, "output_tokens is negative")
        }
        #expect(usd(refused) == nil)
    }

    @Test("a response with a damaged event is billed by the best that is known")
    func damagedEvent() {
        let record = record {
            $0.usage.inputTokens = 10
            $0.usage.outputTokens = 1
            $0.generatedBytes = 40
            $0.problem = ClaudeError(.malformedJSON, "an event is not JSON")
        }
        #expect(lines(record) == ["claude-opus-5-5/input 10", "claude-opus-5-5/output 10"])
    }

    @Test("what broke off before any usage is not an event; what ended well is, even for free")
    func isMetered() {
        #expect(!Rating.isMetered(MessageRecord(ending: .truncated)))
        #expect(!Rating.isMetered(MessageRecord(ending: .error(type: "api_error"))))
        #expect(Rating.isMetered(MessageRecord(ending: .complete)))
        #expect(Rating.isMetered(MessageRecord(ending: .truncated, generatedBytes: 1)))
    }
}
