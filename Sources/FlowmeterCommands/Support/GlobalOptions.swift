internal import ArgumentParser
internal import Logging

/// The options of every command that works with data.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The SQLite database. Default: $FLOWMETER_DATABASE, else flowmeter/flowmeter.sqlite in $XDG_DATA_HOME "
                + "or ~/.local/share.",
            valueName: "path"),
        completion: .file(extensions: ["sqlite"]))
    var database: String?

    @OptionGroup var neo4j: Neo4jOptions

    @OptionGroup var console: ConsoleOptions

    /// Whether nothing but errors is said on standard error.
    var quiet: Bool { console.quiet }

    /// The settings with these options in front.
    func settings(_ flags: [SettingName: String] = [:], context: CommandContext) throws(CommandError) -> Settings {
        var flags = flags
        flags[.database] = database
        flags.merge(neo4j.flags, uniquingKeysWith: { own, _ in own })
        return try console.settings(flags, context: context)
    }

    /// A logger for what these options ask for.
    func logger(_ label: String, settings: Settings, context: CommandContext) throws(CommandError) -> Logger {
        try console.logger(label, settings: settings, context: context)
    }

    /// Writes a note for people to standard error, unless `--quiet`.
    func note(_ text: String, context: CommandContext) throws(CommandError) {
        try console.note(text, context: context)
    }
}
