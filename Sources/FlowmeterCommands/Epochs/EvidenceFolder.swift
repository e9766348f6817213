internal import FoundationEssentials
internal import Metering
internal import Oracle

/// A directory with all that is needed to verify: the form that `docs/settlement.md` describes.
struct EvidenceFolder: Sendable {
    /// The directory.
    let path: String

    var keysFile: String { path + "/keys.json" }
    var receiptsFile: String { path + "/receipts.jsonl" }
    var priceBooks: String { path + "/price-books" }
    var commitments: String { path + "/commitments" }
    var proofs: String { path + "/proofs" }

    /// Creates the directory with its parts.
    func create() throws(CommandError) {
        guard try files(in: path).isEmpty else {
            throw CommandError("\(path) is not empty", fix: "name a new directory", status: .usage)
        }
        do {
            for part in [priceBooks, commitments, proofs] {
                try FileManager.default.createDirectory(atPath: part, withIntermediateDirectories: true)
            }
        } catch { throw CommandError("cannot create \(path)", fix: "name a directory that can be written") }
    }

    /// Writes a file.
    func write(_ text: String, to file: String) throws(CommandError) {
        do { try Data(text.utf8).write(to: URL(filePath: file)) } catch {
            throw CommandError("cannot write \(file)", fix: "check that the disk has room and can be written")
        }
    }

    /// The public keys.
    func keys() throws(CommandError) -> OperatorPublicKeys {
        do { return try OperatorPublicKeys(json: try text(of: keysFile)) } catch { throw error.commandError(keysFile) }
    }

    /// The price books.
    func books() throws(CommandError) -> [PriceBook] {
        var books: [PriceBook] = []
        for file in try files(in: priceBooks) { books.append(try PriceDirectory.read(file: file)) }
        return books
    }

    /// The lines of the file with the receipts.
    func receiptLines() throws(CommandError) -> [String] {
        try text(of: receiptsFile).split(separator: "\n").map(String.init)
    }

    /// The files of a part, sorted by name.
    func files(in part: String) throws(CommandError) -> [String] {
        guard FileManager.default.fileExists(atPath: part) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: part).sorted().map { part + "/" + $0 }
        } catch { throw CommandError("cannot read \(part)", fix: "make it readable") }
    }

    /// The text of a file.
    func text(of file: String) throws(CommandError) -> String {
        guard let data = FileManager.default.contents(atPath: file), let text = String(validating: data, as: UTF8.self)
        else {
            throw CommandError(
                "cannot read \(file)", fix: "name a directory that 'flowmeter epochs export' wrote")
        }
        return text
    }
}

extension Error {
    /// The same as an error of a command, naming the file.
    fileprivate func commandError(_ file: String) -> CommandError {
        if let error = self as? CommandError { return error }
        if let error = self as? MeteringError { return CommandError("\(file): \(error.message)") }
        return CommandError("\(file): \(self)")
    }
}
