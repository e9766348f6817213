internal import FoundationEssentials

/// The directory that a demo works in.
enum DemoDirectory {
    /// Calls `body` with a directory: `path`, which must be new or empty and is kept, or a temporary one.
    static func with<Value: Sendable>(
        _ path: String?, context: CommandContext, _ body: (String) async throws -> Value
    ) async throws -> Value {
        if let path {
            try create(path)
            return try await body(path)
        }
        let temporary = FileManager.default.temporaryDirectory.appending(path: "flowmeter-demo-\(UUID())").path
        try create(temporary)
        defer {
            do { try FileManager.default.removeItem(atPath: temporary) } catch {
                context.errorOutput.writeLastWord("note: \(temporary) could not be removed")
            }
        }
        return try await body(temporary)
    }

    private static func create(_ path: String) throws(CommandError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            guard try FileManager.default.contentsOfDirectory(atPath: path).isEmpty else {
                throw CommandError("\(path) is not empty", fix: "name a new directory")
            }
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError("cannot make the directory \(path)", fix: "name one that can be written")
        }
    }
}
