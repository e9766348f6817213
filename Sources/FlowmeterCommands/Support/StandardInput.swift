internal import FoundationEssentials

/// Standard input, where a command reads a text from it.
enum StandardInput {
    /// All of it, as text.
    static func text() throws(CommandError) -> String {
        do { return String(decoding: try Data(contentsOf: URL(filePath: "/dev/stdin")), as: UTF8.self) } catch {
            throw CommandError("cannot read standard input", fix: "pipe a text into it, or give it as an argument")
        }
    }
}
