/// Price books by date: which prices are in force when.
///
/// A book is in force from its date until the date of the next one. Books are whole lists: nothing of an earlier book
/// shines through a later one.
public struct PriceCatalog: Sendable, Hashable {
    /// The books, by effective date.
    ///
    /// Never empty.
    public let books: [PriceBook]

    /// Creates a catalog.
    ///
    /// The same book twice is one book. The first book also serves all time before its date.
    ///
    /// - Throws: `invalidPriceBook` when there is no book, when two different books take effect at the same moment, or
    ///   when two different books have one id.
    public init(_ books: [PriceBook]) throws(MeteringError) {
        var kept: [PriceBook] = []
        var byID: [String: PriceBook] = [:]
        for book in books.sorted(by: { ($0.effectiveFrom, $0.id) < ($1.effectiveFrom, $1.id) })
        where byID[book.id] != book {
            if let other = byID[book.id] {
                throw MeteringError(
                    .invalidPriceBook,
                    "two different price books are called \(book.id) (from \(other.effectiveFrom) and from "
                        + "\(book.effectiveFrom)); give one of them another id")
            }
            byID[book.id] = book
            if let other = kept.last, other.effectiveFrom == book.effectiveFrom {
                guard other.hash == book.hash else {
                    throw MeteringError(
                        .invalidPriceBook,
                        "the price books \(other.id) and \(book.id) both take effect at \(book.effectiveFrom) and "
                            + "differ; give one of them another date, or remove it")
                }
                continue
            }
            kept.append(book)
        }
        guard !kept.isEmpty else { throw MeteringError(.invalidPriceBook, "a price catalog needs at least one book") }
        self.books = kept
    }

    /// A catalog with more books.
    ///
    /// - Throws: See ``init(_:)``.
    public func adding(_ more: [PriceBook]) throws(MeteringError) -> PriceCatalog { try PriceCatalog(books + more) }

    /// The book in force at `time`.
    public func book(at time: Timestamp) -> PriceBook {
        books.last { $0.effectiveFrom <= time } ?? books[0]
    }

    /// The book with this hash, so that an event can be checked with the prices that rated it.
    public func book(hash: PriceBookHash) -> PriceBook? { books.first { $0.hash == hash } }

    /// The book with this id.
    public func book(id: String) -> PriceBook? { books.first { $0.id == id } }
}
