#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension PriceCatalog {
    /// What the names of price book files end in.
    public static let fileSuffix = ".prices"

    /// A catalog with the price books in a directory as well: every file whose name ends in ``fileSuffix``.
    ///
    /// The order of the files does not matter.
    ///
    /// - Throws: `notFound` when the directory cannot be read, `invalidPriceBook` with the file's name and line when a
    ///   book is malformed, and what ``init(_:)`` throws.
    public func adding(directory path: String) throws(MeteringError) -> PriceCatalog {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw MeteringError(
                .notFound, "cannot read the price books in \(path); is it a directory that may be read?", cause: error)
        }
        var more: [PriceBook] = []
        for name in names.sorted() where name.hasSuffix(Self.fileSuffix) {
            more.append(try PriceBook(contentsOfFile: "\(path)/\(name)"))
        }
        return try adding(more)
    }
}

extension PriceBook {
    /// Reads a book from a file.
    ///
    /// See ``init(text:)``.
    ///
    /// - Throws: `notFound` when the file cannot be read, `invalidPriceBook` with its path when it is malformed.
    public init(contentsOfFile path: String) throws(MeteringError) {
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: path)) } catch {
            throw MeteringError(.notFound, "cannot read the price book \(path)", cause: error)
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw MeteringError(.invalidPriceBook, "\(path): the price book is not UTF-8 text")
        }
        do { try self.init(text: text) } catch {
            throw MeteringError(error.code, "\(path): \(error.message)", cause: error)
        }
    }
}
