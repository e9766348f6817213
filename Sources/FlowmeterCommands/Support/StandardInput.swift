/// Standard input, where a command reads a text from it.
enum StandardInput {
    /// All of it, as text.
    static func text() throws(CommandError) -> String {
        guard let bytes = InputFile.bytes("-") else {
            throw CommandError("cannot read standard input", fix: "pipe a text into it, or give it as an argument")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
