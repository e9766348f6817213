/// Something in a transcript that could not be read, and was passed over.
///
/// Problems never stop an import. They hold no message content.
public struct TranscriptProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The path of the transcript or directory.
    public var file: String
    /// The line's number, from 1; 0 when the problem is the file as a whole.
    public var line: Int64
    /// What is wrong, in words a person can act on.
    public var reason: String

    /// Creates a problem.
    public init(file: String, line: Int64 = 0, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    /// The place and the reason, in the form `file:line: reason` that editors can jump to.
    public var description: String { line == 0 ? "\(file): \(reason)" : "\(file):\(line): \(reason)" }
}
