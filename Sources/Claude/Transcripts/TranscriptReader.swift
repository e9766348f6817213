/// Reads the API responses that one transcript tells of, line by line, in order, duplicates included.
///
/// Claude Code writes a response once per content block, and forks and replays copy lines: use ``TranscriptCollector``
/// to get each response once. Lines that are not responses are validated and passed over; malformed lines are
/// reported and passed over.
public struct TranscriptReader: ~Copyable {
    /// Limits of a reader.
    public struct Options: Sendable, Hashable {
        /// Bytes read at a time.
        public var blockSize = 1 << 18
        /// The most bytes of a line; longer ones are a problem, and are passed over.
        public var lineLimit = 1 << 28

        /// The default limits.
        public init() {}
    }

    /// What a line gave.
    public enum Item: Sendable, Hashable {
        /// An API response.
        case entry(TranscriptEntry)
        /// The line could not be read.
        case problem(TranscriptProblem)
    }

    private let file: TranscriptFile
    private var lines: TranscriptLineReader

    /// Opens a transcript, to be read from the start, or from `cursor` if that still fits the file.
    ///
    /// - Throws: `ClaudeError.Code.io` if the file cannot be opened.
    public init(
        _ file: TranscriptFile, from cursor: TranscriptCursor? = nil, options: Options = Options()
    ) throws(ClaudeError) {
        self.file = file
        lines = try TranscriptLineReader.opening(file.path, resumingAt: cursor, options: options)
    }

    /// How far the file was read: the start of the first line that was not handed over.
    public var cursor: TranscriptCursor {
        TranscriptCursor(path: file.path, inode: lines.inode, offset: lines.offset, line: lines.line)
    }

    /// Reads one block and hands over what the lines that end in it gave.
    ///
    /// - Returns: Whether there may be more; `false` at the end of the file.
    /// - Throws: `ClaudeError.Code.io` if the file cannot be read on.
    public mutating func readBlock(_ body: (Item) -> Void) throws(ClaudeError) -> Bool {
        let file = file
        return try lines.readBlock { line in
            if let item = Self.item(line, file) { body(item) }
        }
    }

    /// Hands over what the text behind the last line break gives, for files that nobody writes to any more.
    ///
    /// The ``cursor`` stays in front of that text.
    public func readRemainder(_ body: (Item) -> Void) {
        lines.remainder { line in
            if let item = Self.item(line, file) { body(item) }
        }
    }

    private static func item(_ line: TranscriptLineReader.Line, _ file: TranscriptFile) -> Item? {
        guard !line.isBlank else { return nil }
        do {
            let fields = try line.parse()
            guard fields.kind == .response else { return nil }
            return .entry(try fields.entry(file: file, line: line.number, offset: line.offset))
        } catch {
            return .problem(TranscriptProblem(file: file.path, line: line.number, reason: error.description))
        }
    }
}

extension TranscriptLineReader {
    /// Opens the file at `path`, to be read on at `cursor` if that still fits the file, else from the start.
    ///
    /// A cursor fits if it is of this inode and if a line starts there: in front of it there is a line break.
    static func opening(
        _ path: String, resumingAt cursor: TranscriptCursor?, options: TranscriptReader.Options
    ) throws(ClaudeError) -> TranscriptLineReader {
        let start = try start(of: path, resumingAt: cursor)
        return try TranscriptLineReader(
            path: path, offset: start.offset, line: start.line, blockSize: options.blockSize,
            lineLimit: options.lineLimit)
    }

    private static func start(
        of path: String, resumingAt cursor: TranscriptCursor?
    ) throws(ClaudeError) -> (offset: Int64, line: Int64) {
        guard let cursor, cursor.offset > 0 else { return (0, 0) }
        let probe = try TranscriptLineReader(path: path, offset: cursor.offset - 1, blockSize: 1, lineLimit: 1)
        guard probe.inode == cursor.inode, try probe.startsWithLineBreak() else { return (0, 0) }
        return (cursor.offset, cursor.line)
    }

    private consuming func startsWithLineBreak() throws(ClaudeError) -> Bool {
        var isLineBreak = false
        _ = try readBlock { line in isLineBreak = line.bytes.isEmpty && !line.isTooLong }
        return isLineBreak
    }
}

extension TranscriptLineReader.Line {
    /// Whether there is nothing but white space in the line.
    var isBlank: Bool { !isTooLong && JSONCursor.skipWhitespace(bytes, from: 0) == bytes.count }

    /// The line's fields.
    func parse() throws(ClaudeError) -> TranscriptLine {
        guard !isTooLong else { throw ClaudeError(.lineTooLong, "the line is longer than the reader's limit") }
        return try TranscriptLine(bytes)
    }
}
