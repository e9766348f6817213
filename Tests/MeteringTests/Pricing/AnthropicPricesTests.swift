import Foundation
import Metering
import Testing

/// The shipped books against the price list they were made from, with arithmetic of this test's own.
@Suite("The shipped prices")
struct AnthropicPricesTests {
    struct List: Decodable {
        struct Model: Decodable {
            struct Band: Decodable { var usdPerMtok: [String: String] }
            var usdPerMtok: [String: String]
            var usMultiplier: String?
            var fastMultiplier: String?
            var batchMultiplier: String?
            var webSearchUsdPerRequest: String
            var longPrompt: Band?
        }
        var models: [String: Model]
    }

    static let list: Result<List, any Error> = Result {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/claude_prices", withExtension: "json"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(List.self, from: Data(contentsOf: url))
    }

    /// The text of a decimal number times ten to the `power`, which has to be a whole number.
    private func integer(_ text: String, power: Int) throws -> Int {
        let parts = text.split(separator: ".")
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        try #require(fraction.count <= power)
        let zeros = String(repeating: "0", count: power - fraction.count)
        return try #require(Int("\(parts[0])\(fraction)\(zeros)"))
    }

    @Test("are exactly the products of the list's prices and multipliers, and nothing else")
    func equalTheList() throws {
        let list = try Self.list.get()
        var expected: [String: Int] = ["web_search": 10_000_000_000]
        for (name, model) in list.models {
            let name = name.replacing(#/-20\d{6}$/#, with: "")
            let bands = [("", model.usdPerMtok)] + (model.longPrompt.map { [("+long", $0.usdPerMtok)] } ?? [])
            for (band, prices) in bands {
                for (dimension, usd) in prices {
                    // 10⁻¹² USD per token × 1000, so that both one-digit multipliers fit in front of the point.
                    let base = try integer(usd, power: 6)
                    var variants = [("", base * 100)]
                    if let us = model.usMultiplier { variants.append(("+us", base * (try integer(us, power: 2)))) }
                    for (geo, price) in variants {
                        try #require(price.isMultiple(of: 100))
                        expected["\(name)/\(dimension)\(geo)\(band)"] = price / 100
                        if let fast = model.fastMultiplier {
                            let product = price * (try integer(fast, power: 1))
                            try #require(product.isMultiple(of: 1000))
                            expected["\(name)/\(dimension)+fast\(geo)\(band)"] = product / 1000
                        }
                        if let batch = model.batchMultiplier {
                            let product = price * (try integer(batch, power: 1))
                            try #require(product.isMultiple(of: 1000))
                            expected["\(name)/\(dimension)\(geo)+batch\(band)"] = product / 1000
                        }
                    }
                }
            }
            #expect(model.webSearchUsdPerRequest == "0.01")
        }
        let book = try #require(PriceCatalog.anthropic.books.last)
        let shipped = Dictionary(uniqueKeysWithValues: book.prices.map { ($0.key.rawValue, Int($0.value.rawValue)) })
        #expect(shipped == expected)
        #expect(shipped.count > 450)
    }

    @Test(
        "have the known values in USD per million",
        arguments: [
            ("claude-opus-5-5/input", "4"), ("claude-opus-5-5/input+fast+us", "8.8"),
            ("claude-opus-5-5/output+fast", "40"),
            ("claude-opus-5-5/cache_read+us+batch", "0.11"), ("claude-haiku-5-5/input", "0.1"),
            ("claude-haiku-5-5/output+long", "2.5"), ("claude-haiku-5-5/cache_write_5m+us+batch+long", "0.34375"),
            ("claude-haiku-4-5/cache_write_1h", "2"), ("claude-sonnet-5-5/cache_read", "0.1"),
            ("claude-fable-5-2/output+fast+us", "88"), ("web_search", "10000"),
        ])
    func knownValues(_ sku: String, _ usdPerMillion: String) throws {
        let book = try #require(PriceCatalog.anthropic.books.last)
        let price = try #require(book.prices[SKU(rawValue: sku)])
        #expect(1_000_000 * price == (try PicoUSD(usd: usdPerMillion)))
    }

    @Test(
        "change on their dates, at midnight UTC",
        arguments: [
            ("2026-10-06T23:59:59.999Z", "claude-sonnet-5-5/cache_read", 200_000, "anthropic-initial"),
            ("2026-10-07T00:00:00Z", "claude-sonnet-5-5/cache_read", 100_000, "anthropic-2026-10-07"),
            ("2026-10-06T23:59:59.999Z", "claude-sonnet-5-5/cache_read+us+batch", 110_000, "anthropic-initial"),
            ("2026-10-07T00:00:00Z", "claude-sonnet-5-5/cache_read+us+batch", 55_000, "anthropic-2026-10-07"),
            ("2026-10-06T23:59:59.999Z", "claude-haiku-5-5/input", nil, "anthropic-initial"),
            ("2026-10-07T00:00:00Z", "claude-haiku-5-5/input", 100_000, "anthropic-2026-10-07"),
            ("2026-11-08T23:59:59.999Z", "claude-fable-5-2/input", nil, "anthropic-2026-10-07"),
            ("2026-11-09T00:00:00Z", "claude-fable-5-2/input", 8_000_000, "anthropic-2026-11-09"),
            ("2026-11-08T23:59:59.999Z", "claude-mythos-5-2/output+fast", nil, "anthropic-2026-10-07"),
            ("2026-11-09T00:00:00Z", "claude-mythos-5-2/output+fast", 80_000_000, "anthropic-2026-11-09"),
            ("1969-01-01", "claude-sonnet-5-5/input", 2_000_000, "anthropic-initial"),
            ("9999-12-31", "claude-sonnet-5-5/input", 2_000_000, "anthropic-2026-11-09"),
        ] as [(String, String, Int128?, String)])
    func dates(_ time: String, _ sku: String, _ price: Int128?, _ id: String) throws {
        let book = PriceCatalog.anthropic.book(at: try Timestamp(text: time))
        #expect(book.prices[SKU(rawValue: sku)]?.rawValue == price)
        #expect(book.id == id)
    }

    @Test("have no fast price where the API has no fast mode, and none for fast batches")
    func absentCombinations() throws {
        let book = try #require(PriceCatalog.anthropic.books.last)
        let fast = Set(
            book.prices.keys.compactMap { $0.parts }.filter { $0.modifiers.contains(.fast) }.map(\.model.rawValue))
        #expect(
            fast == ["claude-opus-5-5", "claude-opus-5", "claude-opus-4-8", "claude-fable-5-2", "claude-mythos-5-2"])
        #expect(!book.prices.keys.contains { $0.parts?.modifiers.isSuperset(of: [.fast, .batch]) ?? false })
        #expect(
            Set(book.prices.keys.compactMap(\.parts).filter { $0.modifiers.contains(.long) }.map(\.model.rawValue)) == [
                "claude-haiku-5-5"
            ])
    }

    @Test("look sound") func warnings() { for book in PriceCatalog.anthropic.books { #expect(book.warnings() == []) } }
}
