internal import ArgumentParser
internal import Logging

/// How much a command says on standard error: the options that every command has which says anything there.
struct ConsoleOptions: ParsableArguments {
    @Flag(name: [.short, .long], help: "Say more on standard error; twice for everything.")
    var verbose: Int

    @Flag(name: [.short, .long], help: "Say nothing on standard error but errors.")
    var quiet = false

    mutating func validate() throws {
        if quiet && verbose > 0 { throw ValidationError("--quiet and --verbose exclude each other") }
    }

    /// The settings with `flags` in front.
    func settings(_ flags: [SettingName: String] = [:], context: CommandContext) throws(CommandError) -> Settings {
        try Settings(flags: flags, context: context)
    }

    /// A logger for what these options ask for.
    func logger(_ label: String, settings: Settings, context: CommandContext) throws(CommandError) -> Logger {
        ConsoleLogHandler.logger(label, level: try logLevel(settings), context: context)
    }

    /// Writes a note for people to standard error, unless `--quiet`.
    func note(_ text: String, context: CommandContext) throws(CommandError) {
        if !quiet { try context.errorOutput.writeLine(text) }
    }

    private func logLevel(_ settings: Settings) throws(CommandError) -> Logger.Level {
        if quiet { return .error }
        if verbose > 1 { return .trace }
        if verbose == 1 { return .debug }
        return try Self.logLevel(settings)
    }

    /// The level that the settings name.
    static func logLevel(_ settings: Settings) throws(CommandError) -> Logger.Level {
        guard let text = settings.text(.logLevel) else { return .notice }
        guard let level = Logger.Level(rawValue: text.lowercased()) else {
            throw CommandError(
                "FLOWMETER_LOG_LEVEL is '\(text)'",
                fix: "set it to one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))", status: .usage
            )
        }
        return level
    }
}
