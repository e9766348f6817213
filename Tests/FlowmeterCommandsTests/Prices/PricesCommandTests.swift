import FoundationEssentials
import Metering
import Testing

@testable import FlowmeterCommands

@Suite("flowmeter prices")
struct PricesCommandTests {
    private let book = """
        flowmeter-price-book 1
        id: test-2027
        effective-from: 2027-01-01T00:00:00.000Z

        claude-opus-5-5/input 1000000
        claude-opus-5-5/output 2000000

        """

    @Test func `the built-in books are listed by date, with the one in force marked`() async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run("prices", "list")
            #expect(result.status == .success)
            let marked = result.output.split(separator: "\n").filter { $0.hasPrefix("*") }
            #expect(marked.count == 1)
            #expect(marked.first?.contains("anthropic-2026-11-09") == true)
        }
    }

    @Test func `prices are shown per million tokens, exactly`() async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run("prices", "show", "--model", "claude-sonnet-5-5", "--all")
            #expect(result.status == .success)
            #expect(result.output.contains("claude-sonnet-5-5  +us+batch   1.10    5.50     1.375      2.20  0.055"))
            let before = await harness.run("prices", "show", "--at", "2026-10-06", "--model", "claude-sonnet-5-5")
            #expect(before.output.contains("claude-sonnet-5-5   2.00   10.00      2.50      4.00  0.20"))
            #expect(result.output.contains("web search: 0.01 USD per request"))
        }
    }

    @Test func `a diff names what changed and nothing else`() async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run("prices", "diff", "anthropic-2026-10-07", "anthropic-2026-11-09", "--json")
            struct Change: Decodable { var sku: String }
            let changes = try result.json([Change].self)
            #expect(!changes.isEmpty)
            #expect(
                changes.allSatisfy { $0.sku.hasPrefix("claude-fable-5-2/") || $0.sku.hasPrefix("claude-mythos-5-2/") })
            let same = await harness.run("prices", "diff", "anthropic-initial", "anthropic-initial")
            #expect(same.output == "the prices are the same\n")
        }
    }

    @Test func `an exported book is valid, and importing it changes nothing`() async throws {
        try await CommandHarness.with { harness in
            #expect(await harness.run("prices", "export", "anthropic-initial", "-o", "x.prices").status == .success)
            let valid = await harness.run("prices", "validate", "x.prices")
            #expect(valid.status == .success)
            #expect(valid.output.hasPrefix("valid    x.prices: anthropic-initial"))
            #expect(await harness.run("prices", "import", "x.prices").status == .success)
            let exported = await harness.run("prices", "export", "anthropic-initial")
            let copy = try harness.read("x.prices")
            #expect(copy == exported.output)
        }
    }

    @Test func `an imported book is listed, shown, and in force from its date`() async throws {
        try await CommandHarness.with { harness in
            try harness.write(book, to: "mine.prices")
            let imported = await harness.run("prices", "import", "mine.prices")
            #expect(imported.status == .success, "\(imported.errors)")
            #expect(await harness.run("prices", "import", "mine.prices").status == .success)
            #expect(await harness.run("prices", "list").output.contains("test-2027"))
            harness.now = try Timestamp(text: "2027-01-01T00:00:00Z")
            #expect(await harness.run("prices", "show").output.hasPrefix("test-2027, in force from 2027-01-01"))
        }
    }

    @Test func `another book of the same id or date is refused`() async throws {
        try await CommandHarness.with { harness in
            try harness.write(book, to: "mine.prices")
            try harness.write(book.replacing("2000000", with: "2000001"), to: "other.prices")
            #expect(await harness.run("prices", "import", "mine.prices").status == .success)
            let refused = await harness.run("prices", "import", "other.prices")
            #expect(refused.status == .failed)
            #expect(refused.errors.hasPrefix("error: "))
            #expect(await harness.run("prices", "show", "test-2027").output.contains("2.00"))
        }
    }

    @Test(arguments: [
        ("", "price book"), ("nonsense\n", "line 1"), ("flowmeter-price-book 1\nid: a b\n", "line 2"),
        ("flowmeter-price-book 1\nid: x\neffective-from: 2027-01-01T00:00:00.000Z\n\nclaude/input -4\n", "line 5"),
    ])
    func `a malformed book is refused with its line, and nothing is imported`(text: String, place: String) async throws
    {
        try await CommandHarness.with { harness in
            try harness.write(text, to: "bad.prices")
            let validated = await harness.run("prices", "validate", "bad.prices")
            #expect(validated.status == .attention)
            #expect(validated.output.contains(place))
            let imported = await harness.run("prices", "import", "bad.prices")
            #expect(imported.status == .failed)
            #expect(imported.errors.contains(place))
            #expect(imported.errors.contains("fix: "))
            #expect(!FileManager.default.fileExists(atPath: harness.directory + "/.local/share/flowmeter/prices"))
        }
    }

    @Test func `files that are missing or no text are named`() async throws {
        try await CommandHarness.with { harness in
            #expect(await harness.run("prices", "validate", "none.prices").output.contains("none.prices"))
            try Data([0xFF, 0xFE, 0x00]).write(to: URL(filePath: harness.directory + "/binary.prices"))
            #expect(await harness.run("prices", "validate", "binary.prices").output.contains("is not text"))
        }
    }
}
