internal import FoundationEssentials
internal import Metering

/// The price books at hand: the built-in ones, and those imported into a directory.
struct PriceDirectory: Sendable {
    /// The extension of a price book's file.
    static let fileExtension = ".prices"
    /// The largest file that is read as a price book.
    static let sizeLimit = 16 << 20

    /// The directory of imported books.
    let path: String

    init(path: String) { self.path = path }

    /// The directory that the settings name.
    init(settings: Settings, context: CommandContext) throws(CommandError) {
        self.init(path: try DataLocation(settings: settings, context: context).prices)
    }

    /// All books, by date.
    func catalog() throws(CommandError) -> PriceCatalog {
        let books = try imported()
        do { return try PriceCatalog.anthropic.adding(books.map(\.book)) } catch {
            throw CommandError(
                "the price books in \(path) contradict each other or the built-in ones: \(error.message)",
                fix: "remove or correct one of the files in \(path)")
        }
    }

    /// The imported books with their files, by file name.
    func imported() throws(CommandError) -> [(file: String, book: PriceBook)] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw CommandError("cannot read the directory of price books \(path)", fix: "make it readable")
        }
        var books: [(String, PriceBook)] = []
        for name in names.sorted() where name.hasSuffix(Self.fileExtension) {
            let file = path + "/" + name
            books.append((file, try Self.read(file: file)))
        }
        return books
    }

    /// The book that `name` means: an id, a hash or the beginning of one, or a file.
    func book(named name: String, context: CommandContext) throws(CommandError) -> PriceBook {
        let catalog = try catalog()
        if let book = catalog.book(id: name) { return book }
        let byHash = catalog.books.filter { name.count >= 8 && $0.hash.description.hasPrefix(name) }
        if byHash.count == 1 { return byHash[0] }
        let file = context.path(name)
        if FileManager.default.fileExists(atPath: file) { return try Self.read(file: file) }
        throw CommandError(
            "there is no price book and no file '\(name)'", fix: "see 'flowmeter prices list'", status: .failed)
    }

    /// Adds a book, after making sure that it fits beside the others.
    ///
    /// Adding it again changes nothing.
    func add(_ book: PriceBook) throws(CommandError) -> String {
        let file = path + "/" + book.id + Self.fileExtension
        let catalog = try catalog()
        do { _ = try catalog.adding([book]) } catch { throw CommandError(error) }
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data(book.canonicalText.utf8).write(to: URL(filePath: file), options: .atomic)
        } catch {
            throw CommandError("cannot write \(file)", fix: "make \(path) writable, or set FLOWMETER_PRICES")
        }
        return file
    }

    /// Reads a book from a file.
    static func read(file: String) throws(CommandError) -> PriceBook {
        guard let data = InputFile.bytes(file) else {
            throw CommandError("cannot read \(file)", fix: "check that the file exists and is readable")
        }
        guard data.count <= sizeLimit else {
            throw CommandError("\(file) is larger than a price book can be", fix: "pass the price book's own file")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw CommandError("\(file) is not text", fix: "write a price book as 'flowmeter prices export' does")
        }
        do { return try PriceBook(text: text) } catch {
            throw CommandError(
                "\(file): \(error.message)", fix: "correct the line, then run 'flowmeter prices validate'")
        }
    }
}
