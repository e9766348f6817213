import Metering
import Testing

@Suite("SKUs and model names")
struct SKUTests {
    @Test(
        "well-formed SKUs are taken apart and put together again",
        arguments: [
            ("claude-opus-5-5/input", "claude-opus-5-5", .input, []),
            ("claude-opus-5-5/output+fast+us", "claude-opus-5-5", .output, [.fast, .us]),
            ("claude-haiku-5-5/cache_write_1h+us+batch+long", "claude-haiku-5-5", .cacheWrite1h, [.us, .batch, .long]),
            ("m/cache_write_5m+fast+us+batch+long", "m", .cacheWrite5m, [.fast, .us, .batch, .long]),
            ("us.anthropic.claude-x-v2:0/cache_read+long", "us.anthropic.claude-x-v2:0", .cacheRead, [.long]),
            ("a%20b/unreadable_usage", "a%20b", .unreadableUsage, []),
        ] as [(String, String, SKU.Dimension, SKU.Modifiers)])
    func parts(_ text: String, _ model: String, _ dimension: SKU.Dimension, _ modifiers: SKU.Modifiers) throws {
        let parts = try #require(try SKU(validating: text).parts)
        #expect(parts.model.rawValue == model)
        #expect(parts.dimension == dimension)
        #expect(parts.modifiers == modifiers)
        #expect(SKU(model: parts.model, parts.dimension, parts.modifiers).rawValue == text)
    }

    @Test("web search is a SKU by itself") func webSearch() throws {
        #expect(try SKU(validating: "web_search") == .webSearch)
    }

    @Test(
        "what breaks the grammar is refused",
        arguments: [
            "", "/", "/input", "claude", "claude/", "claude/inputs", "claude/Input", "claude/input+",
            "claude/input+us+fast",
            "claude/input+us+us", "claude/input+slow", "claude/input ", " claude/input", "cla ude/input",
            "claude/input+fast\n",
            "claude/x/input", "web_search+us", "claude/web_search", "claude/unreadable_usage+us", "clâude/input",
            "a%2/input", "a%2g/input", "a%2f/input", "a%/input", "claude-opus-5-20260101/input", "claude[1m]/input",
            "a\0b/input", String(repeating: "a", count: 129) + "/input",
        ])
    func malformed(_ text: String) {
        let error = #expect(throws: MeteringError.self) { try SKU(validating: text) }
        #expect(error?.code == .invalidInput)
    }

    @Test("SKUs are ordered byte by byte")
    func order() {
        let sorted = ["A/input", "a/input", "a/input+fast", "a/input+us", "a/output", "web_search"].map(
            SKU.init(rawValue:))
        #expect(sorted.shuffled().sorted() == sorted)
    }

    @Test(
        "a name from the wire loses its context mark and its date, once",
        arguments: [
            ("claude-opus-5-5", "claude-opus-5-5"), ("claude-opus-5-5[1m]", "claude-opus-5-5"),
            ("claude-haiku-4-5-20251001", "claude-haiku-4-5"), ("claude-haiku-4-5-20251001[1m]", "claude-haiku-4-5"),
            ("claude-opus-4-20250514", "claude-opus-4"), ("claude-3-5-haiku-20241022", "claude-3-5-haiku"),
            ("claude-x-20251301", "claude-x-20251301"), ("claude-x-20251032", "claude-x-20251032"),
            ("claude-x-19991001", "claude-x-19991001"), ("claude-x-2025100", "claude-x-2025100"),
            ("claude-x-20251001-v1:0", "claude-x-20251001-v1:0"), ("claude-x@20251001", "claude-x@20251001"),
            ("claude-x-20251001-20251001", "claude-x-20251001"), ("[1m]", "%5B1m%5D"), ("-20251001", "-20251001"),
            ("claude-x[1M]", "claude-x%5B1M%5D"),
        ])
    func canonical(_ wire: String, _ name: String) { #expect(ModelName(wire: wire).rawValue == name) }

    @Test("a response without a model name is of the model unknown", arguments: [nil, ""])
    func unknown(_ wire: String?) { #expect(ModelName(wire: wire) == .unknown) }

    @Test(
        "a hostile name from the wire becomes a well-formed one",
        arguments: [
            "a b", "a\nb 1", "a/b", "a/input+fast", "web_search", "<synthetic>", "é", "🜁", "\0", "%", "%20", "~", "+us",
            " ",
            String(repeating: "x", count: 10_000), String(repeating: "é", count: 5_000), "\u{202e}evil", "[1m][1m]",
        ])
    func hostile(_ wire: String) throws {
        let name = ModelName(wire: wire)
        #expect(name.rawValue.utf8.count <= ModelName.lengthLimit)
        #expect(name != .unknown)
        let sku = SKU(model: name, .input)
        #expect(try SKU(validating: sku.rawValue).parts?.model == name)
    }

    @Test("different hostile names stay different")
    func distinct() {
        let long = String(repeating: "x", count: 200)
        let names = ["a b", "a%20b", "a\tb", long, long + "y", "a/b", "a%2Fb", "é", "e\u{301}"]
        #expect(Set(names.map { ModelName(wire: $0).rawValue }).count == names.count)
    }
}
