import Claude
import Foundation
import Metering
import MeteringConformance
import Testing

/// The program's charges against `Reference/rating_reference.py`, to the last 10⁻¹² USD.
@Suite("Rating against an independent reference")
struct RatingReferenceTests {
    private static let cases = 100_000
    private static let operatorBooks = 8

    @Test("100,000 random responses cost the same", .timeLimit(.minutes(10)))
    func equalsTheReference() throws {
        let seed = ProcessInfo.processInfo.environment["FLOWMETER_TEST_SEED"].flatMap(UInt64.init) ?? 20_261_123
        try withTemporaryDirectory { try compare(seed: seed, in: $0) }
    }

    private func compare(seed: UInt64, in directory: URL) throws {
        var generator = SeededGenerator(seed: seed)
        let books = try (0..<Self.operatorBooks).map { try randomBook($0, using: &generator) }
        for (index, book) in books.enumerated() {
            try Data(book.canonicalText.utf8).write(to: directory.appending(path: "\(index).prices"))
        }

        var usage = RandomUsage(seed: seed)
        var text: [UInt8] = []
        var charges: [String] = []
        var seen = Coverage()
        for _ in 0..<Self.cases {
            let record = usage.record()
            let time = usage.time()
            let bookIndex =
                Int.random(in: 0..<4, using: &generator) == 0 ? Int.random(in: books.indices, using: &generator) : nil
            let book = bookIndex.map { books[$0] } ?? PriceCatalog.anthropic.book(at: time)
            let lines = Rating.lines(for: record)
            switch Rating.charge(for: lines, book: book) {
            case .priced(let charge): charges.append(String(charge.rawValue))
            case .unpriced: charges.append("unpriced")
            }
            seen.note(record, lines, isPriced: charges.last != "unpriced")
            text += Array(
                #"{"time":\#(time.milliseconds),"book":\#(bookIndex.map(String.init) ?? "null"),"record":"#.utf8)
            text += record.json.utf8
            text += Array("}\n".utf8)
        }
        try Data(text).write(to: directory.appending(path: "cases.jsonl"))

        let expected = try runReference(directory)
        try #require(expected.count == charges.count)
        let wrong = charges.indices.filter { charges[$0] != expected[$0] }
        let example = wrong.first.map { index in
            "case \(index): \(String(decoding: text, as: UTF8.self).split(separator: "\n")[index]) "
                + "costs \(charges[index]), the reference says \(expected[index])"
        }
        #expect(wrong.isEmpty, "seed \(seed): \(wrong.count) charges differ; \(example ?? "")")
        seen.expectEverything()
    }

    /// A book with random prices for a random part of all SKUs.
    private func randomBook(_ index: Int, using generator: inout SeededGenerator) throws -> PriceBook {
        var prices: [SKU: PicoUSD] = [.webSearch: PicoUSD(Int128.random(in: 0...1 << 40, using: &generator))]
        for model in Set(RandomUsage.models.map(ModelName.init(wire:))).sorted(by: { $0.rawValue < $1.rawValue }) {
            // The reference does not know how hostile names are escaped: they have no price.
            guard model != .unknown, !model.rawValue.contains("%") else { continue }
            for dimension in SKU.Dimension.priced {
                for bits in 0..<16 as Range<UInt8> where index > 0 || Int.random(in: 0..<3, using: &generator) > 0 {
                    let sku = SKU(model: model, dimension, SKU.Modifiers(rawValue: bits))
                    prices[sku] = PicoUSD(Int128.random(in: 0...PriceBook.priceLimit.rawValue, using: &generator))
                }
            }
        }
        return try PriceBook(id: "random-\(index)", effectiveFrom: Timestamp(milliseconds: 0), prices: prices)
    }

    private func runReference(_ directory: URL) throws -> [String] {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Reference/rating_reference.py")
        let prices = try #require(Bundle.module.url(forResource: "Fixtures/claude_prices", withExtension: "json"))
        return try Python.lines([
            script.path, prices.path, directory.path, directory.appending(path: "cases.jsonl").path,
        ])
    }
}

/// Proof that the random cases met every rule, so that the comparison says something.
private struct Coverage {
    private var counts: [String: Int] = [:]

    mutating func note(_ record: MessageRecord, _ lines: [SKULine], isPriced: Bool) {
        func note(_ rule: String, _ holds: Bool) { if holds { counts[rule, default: 0] += 1 } }
        let usage = record.usage
        let types = usage.iterations.map(\.type)
        let fallback = types.lastIndex(of: "fallback_message") ?? 0
        note("priced", isPriced)
        note("unpriced", !isPriced)
        note("priced with fast and us", isPriced && usage.speed == "fast" && usage.inferenceGeo == "us")
        note("priced with us and batch", isPriced && usage.serviceTier == "batch" && usage.inferenceGeo == "us")
        note("split", usage.cacheCreation != nil && usage.cacheCreationInputTokens > 0)
        note("no split", usage.cacheCreation == nil && usage.cacheCreationInputTokens > 0)
        note("long band", isPriced && lines.contains { $0.sku.rawValue.contains("+long") })
        note(
            "edge of the band",
            usage.iterations.isEmpty && record.model?.hasPrefix("claude-haiku-5-5") ?? false
                && usage.promptTokens == 100_000)
        note("web search", usage.webSearchRequests > 0)
        note("compaction", types.contains("compaction"))
        note(
            "advisor of another model",
            usage.iterations.contains { $0.type == "advisor_message" && $0.model != nil && $0.model != record.model })
        note(
            "declined attempt",
            usage.iterations.prefix(fallback).contains { $0.type == "message" && $0.outputTokens == 0 })
        note("free refusal", record.stopReason == "refusal" && !record.hasContent)
        note("paid refusal", record.stopReason == "refusal" && record.hasContent && isPriced)
        note("estimate", isPriced && record.ending != .complete && record.generatedBytes / 4 > usage.outputTokens)
    }

    func expectEverything() {
        for rule in [
            "priced", "unpriced", "priced with fast and us", "priced with us and batch", "split", "no split",
            "long band",
            "edge of the band", "web search", "compaction", "advisor of another model", "declined attempt",
            "free refusal",
            "paid refusal", "estimate",
        ] { #expect(counts[rule, default: 0] >= 10, "only \(counts[rule, default: 0]) cases of: \(rule)") }
        #expect(counts["priced", default: 0] > 40_000)
    }
}

extension MessageRecord {
    /// The record as the reference reads it: usage as on the wire.
    fileprivate var json: String {
        let ending = ending == .complete ? "complete" : "broken"
        return """
            {"model":\(model.json),"stop_reason":\(stopReason.json),"has_content":\(hasContent),"ending":"\(ending)",\
            "generated_bytes":\(generatedBytes),"problem":\((problem?.code.description).json),"usage":\(usage.json)}
            """
    }
}

extension MessageUsage {
    fileprivate var json: String {
        """
        {"input_tokens":\(inputTokens),"cache_creation_input_tokens":\(cacheCreationInputTokens),\
        "cache_creation":\(cacheCreation?.json ?? "null"),"cache_read_input_tokens":\(cacheReadInputTokens),\
        "output_tokens":\(outputTokens),"output_tokens_details":{"thinking_tokens":\(thinkingTokens)},\
        "server_tool_use":{"web_search_requests":\(webSearchRequests),"web_fetch_requests":\(webFetchRequests)},\
        "service_tier":\(serviceTier.json),"inference_geo":\(inferenceGeo.json),"speed":\(speed.json),\
        "iterations":[\(iterations.map(\.json).joined(separator: ","))]}
        """
    }
}

extension MessageUsage.CacheCreation {
    fileprivate var json: String {
        """
        {"ephemeral_5m_input_tokens":\(ephemeral5mInputTokens),"ephemeral_1h_input_tokens":\(ephemeral1hInputTokens)}
        """
    }
}

extension MessageUsage.Iteration {
    fileprivate var json: String {
        """
        {"type":\(String?(type).json),\(model == nil ? "" : "\"model\":\(model.json),")"input_tokens":\(inputTokens),\
        "cache_creation_input_tokens":\(cacheCreationInputTokens),"cache_creation":\(cacheCreation?.json ?? "null"),\
        "cache_read_input_tokens":\(cacheReadInputTokens),"output_tokens":\(outputTokens)}
        """
    }
}

extension String? {
    /// A JSON string of text that has no more to escape than line feeds.
    fileprivate var json: String { map { "\"\($0.replacing("\n", with: "\\n"))\"" } ?? "null" }
}
