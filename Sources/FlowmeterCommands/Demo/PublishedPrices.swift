/// Anthropic's published prices in force from 2026-11-09, in US dollars per million tokens, as people read them.
///
/// The audit alone uses this table, with rules of its own. It must never be made from a price book, nor a book from it.
struct PublishedPrices: Sendable {
    /// What one model costs.
    struct Rates: Sendable {
        var input: Fraction
        var output: Fraction
        var write5m: Fraction
        var write1h: Fraction
        var read: Fraction
    }

    /// Model, then input, output, five-minute write, one-hour write, read.
    private static let table = """
        claude-fable-5-2          8     40    10     16    0.20
        claude-opus-5-5           4     20    5      8     0.20
        claude-sonnet-5-5         2     10    2.50   4     0.10
        claude-haiku-5-5          0.10  0.50  0.125  0.20  0.01
        claude-haiku-5-5>100000   0.50  2.50  0.625  1.00  0.05
        """

    /// One search on the web, in US dollars.
    static let webSearch = Fraction(1, 100)
    /// Fast mode doubles every price.
    static let fast = Fraction(2, 1)
    /// Inference kept in the US adds a tenth.
    static let us = Fraction(11, 10)
    /// A batch costs half.
    static let batch = Fraction(1, 2)

    private let rates: [String: Rates]

    init() {
        var rates: [String: Rates] = [:]
        for line in Self.table.split(separator: "\n") {
            let words = line.split(separator: " ")
            let numbers = words.dropFirst().compactMap { Fraction(decimal: $0) }
            precondition(numbers.count == 5, "every model has five prices")
            rates[String(words[0])] = Rates(
                input: numbers[0], output: numbers[1], write5m: numbers[2], write1h: numbers[3], read: numbers[4])
        }
        self.rates = rates
    }

    /// The rates of a model for a prompt of so many tokens; `nil` when none are published.
    func rates(of model: String, prompt: Int64) -> Rates? {
        prompt > 100_000 ? rates[model + ">100000"] ?? rates[model] : rates[model]
    }
}
