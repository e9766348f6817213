extension PriceBook {
    /// The book as text: the form in which books are imported and exported.
    ///
    ///     flowmeter-price-book 1
    ///     id: acme-2026-12-01
    ///     effective-from: 2026-12-01T00:00:00.000Z
    ///
    ///     claude-opus-5-5/input 4000000
    ///     web_search 10000000000
    ///
    /// After the empty line come ``canonicalLines``.
    public var canonicalText: String {
        """
        \(Self.firstLine)
        id: \(id)
        effective-from: \(effectiveFrom)


        """ + String(decoding: canonicalLines, as: UTF8.self)
    }

    private static let firstLine = "flowmeter-price-book 1"

    /// Reads a book from text such as ``canonicalText``.
    ///
    /// Price lines may come in any order, and lines that begin with `#` are remarks. Nothing else is forgiven: a SKU
    /// twice, a price that is no plain integer, a stray space or a carriage return is an error.
    ///
    /// - Throws: `invalidPriceBook`, with the number of the line and what is wrong with it.
    public init(text: String) throws(MeteringError) {
        var reader = PriceBookReader(text)
        guard let first = try reader.next(), first == Self.firstLine else {
            throw reader.error("the first line must be “\(Self.firstLine)”")
        }
        let id = try reader.field("id")
        guard Self.isWellFormed(id: id) else {
            throw reader.error("the id must be 1–64 letters, digits, and the characters . _ -")
        }
        let effectiveFrom: Timestamp
        let time = try reader.field("effective-from")
        do { effectiveFrom = try Timestamp(text: time) } catch { throw reader.error(error.message) }
        guard let separator = try reader.next(), separator.isEmpty else {
            throw reader.error("an empty line must follow the header")
        }

        var prices: [SKU: PicoUSD] = [:]
        while let line = try reader.next() {
            let (sku, price) = try reader.price(line)
            guard prices.updateValue(price, forKey: sku) == nil else {
                throw reader.error("\(sku) has a price already on a line above")
            }
        }
        guard !prices.isEmpty else { throw reader.error("the book has no prices") }
        try self.init(id: id, effectiveFrom: effectiveFrom, prices: prices)
    }
}

/// Reads the lines of a price book's text, and knows where it is.
private struct PriceBookReader {
    private var lines: ArraySlice<Substring>
    private var number = 0
    private let endsInNewline: Bool

    init(_ text: String) {
        // Split by the byte: Swift takes CR LF as one character, and a carriage return has to be noticed.
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Substring.init)
        endsInNewline = lines.last?.isEmpty ?? false
        if endsInNewline { lines.removeLast() }
        self.lines = lines[...]
    }

    /// The next line that is not a remark, or `nil` at the end.
    mutating func next() throws(MeteringError) -> Substring? {
        while let line = lines.popFirst() {
            number += 1
            if line.utf8.first == UInt8(ascii: "#") { continue }
            guard line.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else {
                throw error("only printable ASCII is allowed, and lines end in a line feed alone")
            }
            guard !lines.isEmpty || endsInNewline else { throw error("the last line has no line feed: is it whole?") }
            return line
        }
        return nil
    }

    mutating func field(_ name: String) throws(MeteringError) -> String {
        let prefix = "\(name): "
        guard let line = try next(), line.hasPrefix(prefix) else { throw error("here must be “\(prefix)…”") }
        return String(line.dropFirst(prefix.count))
    }

    func price(_ line: Substring) throws(MeteringError) -> (SKU, PicoUSD) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2 else { throw error("a price line is a SKU, one space, and an integer") }
        let digits = words[1].utf8
        guard let value = digits.decimalValue, digits.count == 1 || digits.first != UInt8(ascii: "0") else {
            throw error("\(quoted(words[1])) is not a price; write an integer count of 10⁻¹² USD per unit")
        }
        let sku: SKU
        do {
            sku = try SKU(validating: words[0])
            try PriceBook.check(sku, PicoUSD(Int128(value)))
        } catch { throw self.error(error.message) }
        return (sku, PicoUSD(Int128(value)))
    }

    func error(_ message: String) -> MeteringError {
        MeteringError(.invalidPriceBook, "price book, line \(max(number, 1)): \(message)")
    }
}
