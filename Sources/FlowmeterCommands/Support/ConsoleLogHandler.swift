internal import Logging
internal import Metering

/// Writes log lines to standard error: time, level, message, and sorted metadata.
struct ConsoleLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let context: CommandContext

    init(level: Logger.Level, context: CommandContext) {
        logLevel = level
        self.context = context
    }

    /// A logger that writes to the context's error output.
    static func logger(_ label: String, level: Logger.Level, context: CommandContext) -> Logger {
        Logger(label: label, factory: { _ in ConsoleLogHandler(level: level, context: context) })
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = "\(context.now()) \(event.level.rawValue)"
        line += String(repeating: " ", count: max(0, 9 - event.level.rawValue.count))
        line += TerminalText.printable("\(event.message)")
        for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }).sorted(by: {
            $0.key < $1.key
        }) {
            line += " \(key)=\(TerminalText.printable("\(value)"))"
        }
        context.errorOutput.writeLastWord(line)
    }
}
