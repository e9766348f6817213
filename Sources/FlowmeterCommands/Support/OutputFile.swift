internal import Foundation

/// Files that commands write.
enum OutputFile {
    /// Writes a file at once and whole.
    static func write(_ text: String, to path: String) throws(CommandError) {
        do { try Data(text.utf8).write(to: URL(filePath: path), options: .atomic) } catch { throw failure(path) }
    }

    /// Writes a file in pieces, of any size; it stands at its place when `body` has returned, and not before.
    static func withPieces(
        to path: String, _ body: ((String) throws -> Void) async throws -> Void
    ) async throws {
        let draft = path + ".part"
        guard FileManager.default.createFile(atPath: draft, contents: nil),
            let file = FileHandle(forWritingAtPath: draft)
        else { throw failure(path) }
        do {
            try await body { try file.write(contentsOf: Data($0.utf8)) }
            try file.synchronize()
            try file.close()
            guard rename(draft, path) == 0 else { throw failure(path) }
        } catch {
            unlink(draft)
            throw error
        }
    }

    private static func failure(_ path: String) -> CommandError {
        CommandError("cannot write \(path)", fix: "check that its directory exists and is writable")
    }
}
