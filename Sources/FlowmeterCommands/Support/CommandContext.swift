internal import FoundationEssentials
internal import Metering

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What a command has around it: its outputs, environment, directory and clock.
///
/// Tests give their own.
struct CommandContext: Sendable {
    /// Data goes here.
    var output: TextOutput
    /// Logs, progress, notes and errors go here.
    var errorOutput: TextOutput
    /// The environment variables.
    var environment: [String: String]
    /// Where `.env` is looked for and relative paths start.
    var workingDirectory: String
    /// The time of day.
    var now: @Sendable () -> Timestamp = CommandContext.systemTime
    /// Waits between two drawings of `usage --watch`, and measures rates.
    var clock: any Clock<Duration> = ContinuousClock()

    /// The context of the command that runs now.
    @TaskLocal static var current = CommandContext.process

    /// The context of this process.
    static var process: CommandContext {
        let environment = ProcessInfo.processInfo.environment
        return CommandContext(
            output: .descriptor(STDOUT_FILENO, environment: environment),
            errorOutput: .descriptor(STDERR_FILENO, environment: environment),
            environment: environment,
            workingDirectory: FileManager.default.currentDirectoryPath)
    }

    /// Colours for standard output, when a person looks at it.
    var style: TextStyle { TextStyle(for: output, environment: environment) }
    /// Colours for standard error, when a person looks at it.
    var errorStyle: TextStyle { TextStyle(for: errorOutput, environment: environment) }

    /// An absolute path: `~` is the home directory, a relative path starts at the working directory.
    func path(_ text: String) -> String {
        if text == "~" || text.hasPrefix("~/"), let home = environment["HOME"], !home.isEmpty {
            return home + text.dropFirst()
        }
        if text.hasPrefix("/") { return text }
        return workingDirectory + (workingDirectory.hasSuffix("/") ? "" : "/") + text
    }

    /// The system's time, by integers.
    static func systemTime() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
