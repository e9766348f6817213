import MeteringConformance
import Testing

@testable import Metering

@Suite("The check of a SKU's text")
struct SKUWellFormedTests {
    @Test(
        "accepts what follows the grammar",
        arguments: [
            "web_search", "claude-opus-5-5/input", "claude-opus-5-5/cache_write_1h+fast+us+batch+long", "m/output+long",
            "we%20ird/cache_read+us", "claude-unknown-9/unreadable_usage", "a-20261332/input", "12345678901/input",
        ])
    func accepts(_ text: String) {
        #expect(SKU(rawValue: text).isWellFormed)
    }

    @Test(
        "refuses everything else",
        arguments: [
            "", "/", "/input", "m/", "web_search+us", "m/web_search", "m/input+", "m/input+us+fast", "m/input+us+us",
            "m/input+slow", "m/unreadable_usage+us", "m/inputs", "m/input/output", "m m/input", "m%2/input",
            "m%2g/input",
            "claude-haiku-4-5-20251001/input", "claude[1m]/input", "é/input",
            String(repeating: "m", count: 129) + "/input",
        ])
    func refuses(_ text: String) {
        #expect(!SKU(rawValue: text).isWellFormed)
    }

    @Test("agrees with taking the SKU apart, for texts made of a SKU's pieces")
    func agrees() {
        let seed: UInt64 = .random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "claude-opus-5-5", "-20251001", "/", "input", "output", "cache_read", "cache_write_5m", "unreadable_usage",
            "web_search", "+fast", "+us", "+batch", "+long", "%20", "%", "+", "é", "~",
        ]
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<Int.random(in: 1...6, using: &random) { text += pieces.randomElement(using: &random) ?? "" }
            let sku = SKU(rawValue: text)
            #expect(sku.isWellFormed == (sku == .webSearch || sku.parts != nil), "seed \(seed): \(text)")
        }
    }
}
