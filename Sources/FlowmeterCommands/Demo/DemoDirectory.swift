internal import FoundationEssentials

/// The directory that a demo works in.
enum DemoDirectory {
    /// Calls `body` with a directory: `path`, which must be new or empty and is kept, or a temporary one.
    static func with<Value: Sendable>(
        _ path: String?, _ body: (String) async throws -> Value
    ) async throws -> Value {
        if let path {
            try create(path)
            return try await body(path)
        }
        let temporary = FileManager.default.temporaryDirectory.appending(path: "flowmeter-demo-\(UUID())").path
        try create(temporary)
        defer {
            // It is in the temporary directory: what cannot be removed now is removed by the system.
            do { try FileManager.default.removeItem(atPath: temporary) } catch {}
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
