internal import ArgumentParser
internal import Metering

/// Runs a command line from parsing to exit status.
///
/// The one place that prints errors.
enum CommandRunner {
    /// Runs the command that `arguments` name and returns the status to leave with.
    static func run(_ arguments: [String], context: CommandContext) async -> CommandStatus {
        await CommandContext.$current.withValue(context) {
            do {
                var command = try Flowmeter.parseAsRoot(arguments)
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
                return .success
            } catch let error as ExitRequest {
                return error.status
            } catch let error as CommandError where error == .readerLeft {
                return error.status
            } catch let error as CommandError {
                return report(error, context: context)
            } catch let error as MeteringError {
                return report(CommandError(error), context: context)
            } catch is CancellationError {
                return .success
            } catch {
                return report(parsing: error, of: arguments, context: context)
            }
        }
    }

    private static func report(_ error: CommandError, context: CommandContext) -> CommandStatus {
        let style = context.errorStyle
        var text = style.red("error:") + " " + TerminalText.paragraph(error.message, indent: 7) + "\n"
        if let fix = error.fix { text += style.cyan("fix:") + " " + TerminalText.printable(fix) + "\n" }
        write(text, to: context.errorOutput)
        return error.status
    }

    /// Help and version are errors too, to the parser; they go to standard output and end with success.
    private static func report(
        parsing error: any Error, of arguments: [String], context: CommandContext
    ) -> CommandStatus {
        let columns = max(min(context.output.columns ?? 100, 100), 40)
        let text = Flowmeter.fullMessage(for: error, columns: columns)
        if Flowmeter.exitCode(for: error).isSuccess {
            write(text.hasSuffix("\n") || text.isEmpty ? text : text + "\n", to: context.output)
            return .success
        }
        write(errorText(ofParser: text) + negativeNumberHint(arguments), to: context.errorOutput)
        return Flowmeter.exitCode(for: error) == .validationFailure ? .usage : .failed
    }

    /// The parser's message in this program's form: `error:`, `usage:`, `fix:`.
    private static func errorText(ofParser text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            for (prefix, replacement) in [("Error: ", "error: "), ("Usage: ", "usage: "), ("Help:  ", "help: ")]
            where line.hasPrefix(prefix) {
                return replacement + line.dropFirst(prefix.count)
            }
            if line.hasPrefix("  See '") { return "fix: see " + line.dropFirst("  See ".count) }
            return String(line)
        }.joined(separator: "\n") + "\n"
    }

    /// The parser takes a negative number for an option, and then misses an argument.
    private static func negativeNumberHint(_ arguments: [String]) -> String {
        let number = arguments.prefix { $0 != "--" }.first { argument in
            argument.first == "-" && argument.dropFirst().first?.isNumber == true
        }
        guard let number else { return "" }
        return "note: '\(TerminalText.printable(number))' was taken for an option; "
            + "write '--' before a negative number.\n"
    }

    private static func write(_ text: String, to output: TextOutput) {
        output.writeLastWord(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }
}

/// Ends a command with a status other than success after it has said all it had to say.
struct ExitRequest: Error, Hashable {
    /// The status to leave with.
    var status: CommandStatus
}

extension Flowmeter {
    /// Runs the program with its own arguments, and leaves with its exit status.
    ///
    /// Does not return.
    public static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let status = await CommandRunner.run(arguments, context: .process)
        Self.exit(withError: ExitCode(status.rawValue))
    }
}
