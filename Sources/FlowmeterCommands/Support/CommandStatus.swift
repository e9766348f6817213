/// The exit statuses of `flowmeter`, the same for every command.
public enum CommandStatus: Int32, Sendable, Hashable {
    /// Everything that was asked for was done.
    case success = 0
    /// It could not be done; standard error says why.
    case failed = 1
    /// It was done, and something needs attention: malformed lines were skipped, a check failed, a chain is broken.
    case attention = 2
    /// The command line or a setting is wrong (`EX_USAGE`).
    case usage = 64
}
