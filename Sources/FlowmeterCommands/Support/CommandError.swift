/// The error of the `FlowmeterCommands` module: what went wrong, and what to do about it.
///
/// It is printed to standard error as `error: …` and `fix: …`. Neither text ever holds a secret.
public struct CommandError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong.
    public var message: String
    /// What to do about it, when that is known.
    public var fix: String?
    /// The exit status that a program stopped by this error leaves with.
    public var status: CommandStatus

    /// Creates an error.
    public init(_ message: String, fix: String? = nil, status: CommandStatus = .failed) {
        self.message = message
        self.fix = fix
        self.status = status
    }

    /// Whoever read the output has seen enough, as `head` has after ten lines: not worth a word.
    static let readerLeft = CommandError("nobody reads the output any more")

    /// The message and the fix.
    public var description: String {
        guard let fix else { return "error: \(message)" }
        return "error: \(message)\nfix: \(fix)"
    }
}
