import Crypto
import Foundation
import Metering
import Testing

@Suite("Price books")
struct PriceBookTests {
    private let text = """
        flowmeter-price-book 1
        id: acme-1
        effective-from: 2026-12-01T00:00:00.000Z

        claude-x/input 4000000
        claude-x/input+us 4400000
        claude-x/output 20000000
        web_search 10000000000

        """

    @Test("are read from their canonical text, and written as the same text")
    func canonicalText() throws {
        let book = try PriceBook(text: text)
        #expect(book.id == "acme-1")
        #expect(book.effectiveFrom.description == "2026-12-01T00:00:00.000Z")
        #expect(book.prices.count == 4)
        #expect(book.canonicalText == text)
        for shipped in PriceCatalog.anthropic.books {
            #expect(try PriceBook(text: shipped.canonicalText) == shipped)
        }
    }

    @Test("hash their canonical lines with SHA3-256, and nothing else")
    func hash() throws {
        let book = try PriceBook(text: text)
        let lines =
            "claude-x/input 4000000\nclaude-x/input+us 4400000\nclaude-x/output 20000000\nweb_search 10000000000\n"
        #expect(book.canonicalLines == Array(lines.utf8))
        #expect(book.hash.bytes == Array(SHA3_256.hash(data: Data(lines.utf8))))
        let renamed = try PriceBook(id: "other", effectiveFrom: Timestamp(milliseconds: 0), prices: book.prices)
        #expect(renamed.hash == book.hash)
        var prices = book.prices
        prices[.webSearch] = PicoUSD(1)
        #expect(try PriceBook(id: "other", effectiveFrom: book.effectiveFrom, prices: prices).hash != book.hash)
    }

    @Test("may have remarks, lines in any order, and a day for a date")
    func relaxedText() throws {
        let relaxed = """
            # Prices of the year to come
            flowmeter-price-book 1
            id: acme-1
            effective-from: 2026-12-01

            web_search 10000000000
            # per million: 20 USD
            claude-x/output 20000000
            claude-x/input 4000000
            claude-x/input+us 4400000

            """
        #expect(try PriceBook(text: relaxed) == PriceBook(text: text))
    }

    static let faults: [(find: String, replace: String, line: Int, says: String)] = [
        ("flowmeter-price-book 1", "flowmeter-price-book 2", 1, "first line"),
        ("id: acme-1", "id: acme 1", 2, "id"),
        ("id: acme-1", "name: acme-1", 2, "id: "),
        ("2026-12-01T00", "2026-12-32T00", 3, "not a time"),
        ("000Z\n\n", "000Z\n", 4, "empty line"),
        ("claude-x/input 4", "claude-x/inputs 4", 5, "not a SKU"),
        ("input+us 4", "input+us  4", 6, "one space"),
        ("input+us 4", "input+us\t4", 6, "printable"),
        ("4400000", "4400000.5", 6, "integer"),
        ("4400000", "-4400000", 6, "integer"),
        ("4400000", "04400000", 6, "integer"),
        ("4400000", "99999999999999999999999", 6, "integer"),
        ("4400000", "1000000000000001", 6, "outside"),
        ("input+us 4400000", "input 4400000", 6, "already"),
        ("4400000\n", "4400000\r\n", 6, "line feed"),
        ("claude-x/output", "claude-x/unreadable_usage", 7, "cannot have a price"),
        ("claude-x/output", "unknown/output", 7, "cannot have a price"),
        ("10000000000\n", "10000000000", 8, "whole"),
        ("10000000000\n", "10000000000\n\n", 9, "one space"),
        ("claude-x/output", "clâude-x/output", 7, "ASCII"),
    ]

    @Test("with a fault are refused, and the error names the line", arguments: faults.indices)
    func faulty(_ index: Int) throws {
        let fault = Self.faults[index]
        let faulty = text.replacingOccurrences(of: fault.find, with: fault.replace)
        try #require(faulty != text)
        let error = try #require(throws: MeteringError.self) { try PriceBook(text: faulty) }
        #expect(error.code == .invalidPriceBook)
        #expect(error.message.contains("line \(fault.line):"), "\(error)")
        #expect(error.message.contains(fault.says), "\(error)")
    }

    @Test("without any price, or empty, are refused")
    func empty() {
        #expect(throws: MeteringError.self) { try PriceBook(text: "") }
        #expect(throws: MeteringError.self) {
            try PriceBook(text: "flowmeter-price-book 1\nid: a\neffective-from: 2026-12-01\n\n")
        }
    }

    @Test("tell what changed between them")
    func changes() throws {
        let old = PriceCatalog.anthropic.books[0]
        let new = PriceCatalog.anthropic.books[1]
        let sonnet = new.changes(from: old).filter { $0.sku.rawValue.hasPrefix("claude-sonnet") }
        #expect(
            sonnet == [
                PriceChange(
                    sku: SKU(rawValue: "claude-sonnet-5-5/cache_read"), old: PicoUSD(200_000), new: PicoUSD(100_000)),
                PriceChange(
                    sku: SKU(rawValue: "claude-sonnet-5-5/cache_read+batch"), old: PicoUSD(100_000),
                    new: PicoUSD(50_000)),
                PriceChange(
                    sku: SKU(rawValue: "claude-sonnet-5-5/cache_read+us"), old: PicoUSD(220_000), new: PicoUSD(110_000)),
                PriceChange(
                    sku: SKU(rawValue: "claude-sonnet-5-5/cache_read+us+batch"), old: PicoUSD(110_000),
                    new: PicoUSD(55_000)),
            ])
        #expect(new.changes(from: new).isEmpty)
        #expect(old.changes(from: new).contains { $0.sku.rawValue == "claude-haiku-5-5/input" && $0.new == nil })
    }

    @Test("warn of what looks like a mistake")
    func warnings() throws {
        let warnings = try PriceBook(text: text).warnings().joined(separator: "\n")
        #expect(warnings.contains("claude-x/cache_read has no price"))
        #expect(warnings.contains("claude-x/output+us has no price"))
        let odd = try PriceBook(
            id: "odd", effectiveFrom: Timestamp(milliseconds: 0),
            prices: [
                SKU(rawValue: "m/input"): PicoUSD(0), SKU(rawValue: "m/cache_read"): PicoUSD(5),
                SKU(rawValue: "m/input+batch"): PicoUSD(7), SKU(rawValue: "n/input+us"): PicoUSD(5),
                SKU(rawValue: "m/output+long"): PicoUSD(7),
            ]
        ).warnings().joined(separator: "\n")
        for expected in [
            "web_search has no price", "m/input costs nothing", "m/cache_read is dearer than m/input",
            "m/input+batch is dearer than m/input", "n has prices with modifiers, but none without",
            "m has prices for long prompts",
        ] { #expect(odd.contains(expected), "\(expected)") }
    }
}

@Suite("Price catalogs")
struct PriceCatalogTests {
    private func book(_ id: String, _ day: String, _ price: Int128) throws -> PriceBook {
        try PriceBook(id: id, effectiveFrom: Timestamp(text: day), prices: [.webSearch: PicoUSD(price)])
    }

    @Test("use the book of the latest date that has come, whatever the order they were given in")
    func order() throws {
        let books = [try book("c", "2028-01-01", 3), try book("a", "2026-01-01", 1), try book("b", "2027-01-01", 2)]
        for books in [books, books.reversed(), books + books] {
            let catalog = try PriceCatalog(books)
            #expect(catalog.books.map(\.id) == ["a", "b", "c"])
            #expect(catalog.book(at: try Timestamp(text: "2027-12-31T23:59:59.999Z")).id == "b")
            #expect(catalog.book(at: try Timestamp(text: "2028-01-01")).id == "c")
            #expect(catalog.book(at: try Timestamp(text: "2000-01-01")).id == "a")
        }
    }

    @Test("find a book by its hash and by its id")
    func find() throws {
        let books = PriceCatalog.anthropic.books
        for book in books {
            #expect(PriceCatalog.anthropic.book(hash: book.hash) == book)
            #expect(PriceCatalog.anthropic.book(id: book.id) == book)
        }
        #expect(PriceCatalog.anthropic.book(hash: .zero) == nil)
    }

    @Test("refuse two different books of one date, or of one id, and no books")
    func conflicts() throws {
        for books in [
            [try book("a", "2026-01-01", 1), try book("b", "2026-01-01", 2)],
            [try book("a", "2026-01-01", 1), try book("a", "2027-01-01", 2)],
            [try book("a", "2026-01-01", 1), try book("a", "2027-01-01", 1)],
            [],
        ] {
            let error = #expect(throws: MeteringError.self) { try PriceCatalog(books) }
            #expect(error?.code == .invalidPriceBook)
        }
        let same = [try book("a", "2026-01-01", 1), try book("b", "2026-01-01", 1)]
        #expect(try PriceCatalog(same).books.count == 1)
    }

    @Test("take in the books of a directory, and name the file of a faulty one")
    func directory() throws {
        try withTemporaryDirectory { try checkDirectory($0) }
    }

    private func checkDirectory(_ directory: URL) throws {
        let text = try book("mine", "2027-01-01", 5).canonicalText
        try Data(text.utf8).write(to: directory.appending(path: "mine.prices"))
        try Data("not a book".utf8).write(to: directory.appending(path: "README.md"))
        let catalog = try PriceCatalog.anthropic.adding(directory: directory.path)
        #expect(catalog.books.count == PriceCatalog.anthropic.books.count + 1)
        #expect(catalog.book(at: try Timestamp(text: "2027-01-02")).id == "mine")

        try Data("not a book".utf8).write(to: directory.appending(path: "bad.prices"))
        let error = #expect(throws: MeteringError.self) { try PriceCatalog.anthropic.adding(directory: directory.path) }
        #expect(error?.message.contains("bad.prices: price book, line 1") == true, "\(String(describing: error))")
        try Data([0xff, 0xfe]).write(to: directory.appending(path: "bad.prices"))
        #expect(throws: MeteringError.self) { try PriceCatalog.anthropic.adding(directory: directory.path) }
        let missing = #expect(throws: MeteringError.self) {
            try PriceCatalog.anthropic.adding(directory: directory.path + "/none")
        }
        #expect(missing?.code == .notFound)
    }
}
