internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Where a command writes text: standard output, standard error, or a test's memory.
struct TextOutput: Sendable {
    /// Whether a person is looking: colours, progress bars and redrawing make sense.
    var isTerminal: Bool
    /// The width of the terminal in columns; `nil` when there is no terminal to fit.
    var columns: Int?
    /// Writes text as it is.
    var write: @Sendable (String) throws(CommandError) -> Void

    /// Writes text and a line feed.
    func writeLine(_ text: String) throws(CommandError) { try write(text + "\n") }

    /// Writes a line whose loss nobody could be told of: an error message, or a line of the log.
    func writeLastWord(_ line: String) {
        do throws(CommandError) {
            try writeLine(line)
        } catch {
            // lint: dropped. This is where errors go.
        }
    }

    /// The output of a file descriptor.
    ///
    /// `COLUMNS` in the environment overrides the terminal's own width.
    static func descriptor(_ descriptor: Int32, environment: [String: String]) -> TextOutput {
        let isTerminal = isatty(descriptor) == 1
        let stated = environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        return TextOutput(
            isTerminal: isTerminal,
            columns: isTerminal ? stated ?? terminalColumns(descriptor) ?? 80 : nil,
            write: { text throws(CommandError) in try Self.writeAll(text, to: descriptor) })
    }

    private static func writeAll(_ text: String, to descriptor: Int32) throws(CommandError) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if written >= 0 {
                bytes = bytes.dropFirst(written)
            } else if errno == EPIPE {
                throw .readerLeft
            } else if errno != EINTR {
                throw CommandError(
                    "cannot write the output: \(String(cString: strerror(errno)))",
                    fix: "check the disk or the program that reads the output")
            }
        }
    }

    private static func terminalColumns(_ descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}

/// `write(2)`, named apart from ``TextOutput/write``.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    guard let bytes else { return 0 }
    return write(descriptor, bytes, count)
}

/// Keeps what was written, for tests and for commands that run other commands.
final class TextBuffer: Sendable {
    private let content = Mutex("")

    /// Everything written so far.
    var text: String { content.withLock { $0 } }

    /// An output that appends to this buffer.
    func output(isTerminal: Bool = false, columns: Int? = nil) -> TextOutput {
        TextOutput(
            isTerminal: isTerminal, columns: columns,
            write: { text throws(CommandError) in self.content.withLock { $0 += text } })
    }
}
