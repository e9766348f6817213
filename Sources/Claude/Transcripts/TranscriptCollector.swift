/// Reads many transcripts and hands out each API response in them once.
///
///     var collector = TranscriptCollector(files: directory.files, resumingAt: cursors, now: now)
///     while collector.scanBlock() { progress.update(collector.bytesScanned, of: collector.totalBytes) }
///     while case let entries = collector.nextEntries(maximum: 1_000), !entries.isEmpty { try await store(entries) }
///     try await save(collector.cursors)
///
/// Which lines are one response, and which of them counts, is decided over all files (`TranscriptDeduplicator` states
/// the rules), so nothing is handed out before everything is scanned. The cursors are for saving once all entries are stored; until
/// then, a run that breaks off is simply repeated, as an entry's ``TranscriptEntry/billingID`` is stored once for ever.
///
/// For the same reason a response must not be stored while its counts may grow. Present versions of Claude Code write
/// lines when the response is complete. Older ones wrote snapshots whose `stop_reason` was null up to the last. A
/// message that ends a file, states no `stop_reason` and may still get a line is therefore kept back, and the file's
/// cursor stays in front of it, until another message of the same conversation follows it, a final line of it turns up
/// anywhere, or the file was left alone for ``Options/quietPeriod``. The same goes for text behind the last line break.
public struct TranscriptCollector: ~Copyable {
    /// How to read.
    public struct Options: Sendable, Hashable {
        /// After so many milliseconds without a change, nobody is taken to write to a file any more: one hour.
        public var quietPeriod: Int64 = 3_600_000
        /// The limits of each file's reader.
        public var reader = TranscriptReader.Options()
        /// The most ``TranscriptCollector/problems`` kept; more are only counted.
        public var problemLimit = 1_000

        /// The default limits.
        public init() {}
    }

    private let files: [TranscriptFile]
    private let saved: [String: TranscriptCursor]
    private let now: Int64
    private let options: Options

    private var index = 0
    private var reader: TranscriptLineReader?
    private var scan = TranscriptFileScan()
    private var deduplicator: TranscriptDeduplicator
    private var fetcher = TranscriptLineFetcher()
    private var responses: [TranscriptDeduplicator.Response]?
    private var handedOut = 0
    private var finishedBytes: Int64 = 0

    /// Bytes there are to scan, as far as the files' lengths tell.
    public let totalBytes: Int64
    /// Bytes scanned; never more than ``totalBytes``.
    public private(set) var bytesScanned: Int64 = 0
    /// Lines scanned.
    public private(set) var linesScanned: Int64 = 0
    /// Lines of responses scanned, duplicates included.
    public private(set) var responseLines = 0
    /// How many responses there are to hand out; known when everything is scanned.
    public var responseCount: Int? { responses?.count }
    /// How many responses are kept back because they may be incomplete; known when everything is scanned.
    public private(set) var heldCount = 0
    /// What could not be read, up to ``Options/problemLimit``.
    public private(set) var problems: [TranscriptProblem] = []
    /// How many things could not be read.
    public private(set) var problemCount = 0
    /// Where the next import is to go on, for every file that was scanned to its end.
    public private(set) var cursors: [TranscriptCursor] = []

    /// Creates a collector.
    ///
    /// - Parameters:
    ///   - files: The transcripts, in any order.
    ///   - cursors: What ``cursors`` was after the last import. A cursor that does not fit its file any more is ignored.
    ///   - now: The time, in milliseconds since 1970-01-01T00:00:00Z.
    ///   - options: How to read.
    public init(
        files: [TranscriptFile], resumingAt cursors: [TranscriptCursor] = [], now: Int64, options: Options = Options()
    ) {
        self.files = files.sorted { $0.path < $1.path }
        self.now = now
        self.options = options
        saved = Dictionary(cursors.map { ($0.path, $0) }) { _, last in last }
        deduplicator = TranscriptDeduplicator(fileCount: files.count)
        totalBytes = self.files.reduce(0) { [saved] sum, file in
            let cursor = saved[file.path]
            let done = cursor?.inode == file.inode ? cursor?.offset ?? 0 : 0
            return sum + max(0, file.size - (done <= file.size ? done : 0))
        }
    }

    // MARK: Scanning

    /// Scans a block of a file: call it until it returns `false`.
    ///
    /// A file that cannot be read becomes a problem, and the next one is taken.
    public mutating func scanBlock() -> Bool {
        guard index < files.count else {
            finishScanning()
            return false
        }
        do throws(ClaudeError) {
            if reader == nil { try openFile() }
            if try readBlock() { return true }
            finishFile()
        } catch {
            note(TranscriptProblem(file: files[index].path, reason: error.description))
        }
        reader = nil
        index += 1
        return true
    }

    private mutating func openFile() throws(ClaudeError) {
        let file = files[index]
        let reader = try TranscriptLineReader.opening(
            file.path, resumingAt: saved[file.path], options: options.reader)
        scan = TranscriptFileScan()
        scan.start = reader.offset
        if reader.offset > 0 {
            setFirstTimestamp(try TranscriptFileScan.firstTimestamp(path: file.path, limit: reader.offset))
        }
        finishedBytes = bytesScanned
        self.reader = consume reader
    }

    private mutating func readBlock() throws(ClaudeError) -> Bool {
        guard var reader = reader.take() else { return false }
        let hasMore = try reader.readBlock { line in consume(line) }
        bytesScanned = min(totalBytes, finishedBytes + reader.position - scan.start)
        self.reader = consume reader
        return hasMore
    }

    private mutating func finishFile() {
        guard let reader = reader.take() else { return }
        let file = files[index]
        let isLive = now - file.modified < options.quietPeriod
        if !isLive { reader.remainder { line in consume(line) } }
        var cursor = TranscriptCursor(
            path: file.path, inode: reader.inode, offset: reader.offset, line: reader.line)
        if isLive {
            for open in scan.openMessages {
                deduplicator.hold(open.message)
                if open.offset < cursor.offset { (cursor.offset, cursor.line) = (open.offset, open.number - 1) }
            }
        }
        cursors.append(cursor)
    }

    private mutating func consume(_ line: TranscriptLineReader.Line) {
        linesScanned += 1
        guard !line.isBlank else { return }
        do throws(ClaudeError) {
            let fields = try line.parse()
            if scan.firstTimestamp == nil { setFirstTimestamp(fields.statedTime) }
            guard fields.kind == .response else { return }
            guard try fields.timestamp() != nil else {
                throw ClaudeError(.malformedEvent, "an assistant line has no timestamp")
            }
            try insert(fields, line)
        } catch {
            note(TranscriptProblem(file: files[index].path, line: line.number, reason: error.description))
        }
    }

    private mutating func insert(_ fields: TranscriptLine, _ line: TranscriptLineReader.Line) throws(ClaudeError) {
        let request = try fields.requestID()
        guard let id = try fields.billingID() else {
            throw ClaudeError(.malformedEvent, "an assistant line has neither message id, request id nor uuid")
        }
        let message = try id.withDecodedBytes(TranscriptDeduplicator.MessageKey.init)
        let requestHash = try request?.withDecodedBytes { TranscriptDeduplicator.MessageKey.hash($0, 0) }
        let isSidechain = try fields.isSidechain()
        var conversation = isSidechain ? 1 : 0
        if let agent = try fields.agentID() {
            conversation = try agent.withDecodedBytes { TranscriptDeduplicator.MessageKey.hash($0, 0) }
        }
        let isFinal = try fields.isFinal()
        let hasContent = try fields.hasContent()
        // What cannot be handed out must not be preferred to a copy that can.
        try fields.checkTexts()

        let usage = fields.usage
        let candidate = TranscriptDeduplicator.Line(
            file: Int32(clamping: index), length: Int32(clamping: line.bytes.count), offset: line.offset,
            number: line.number, tokens: usage.promptTokens + usage.outputTokens, hasSpeed: usage.speed != nil,
            isSidechain: isSidechain)
        deduplicator.insert(
            candidate, message: message, request: requestHash, isFinal: isFinal, hasContent: hasContent)
        responseLines += 1
        scan.note(message, conversation: conversation, isFinal: isFinal, line)
    }

    private mutating func setFirstTimestamp(_ time: Int64?) {
        guard let time else { return }
        scan.firstTimestamp = time
        deduplicator.setRank(file: index, firstTimestamp: time, modified: files[index].modified)
    }

    private mutating func note(_ problem: TranscriptProblem) {
        problemCount += 1
        if problems.count < options.problemLimit { problems.append(problem) }
    }

    private mutating func finishScanning() {
        guard responses == nil else { return }
        bytesScanned = totalBytes
        (responses, heldCount) = deduplicator.resolve()
        deduplicator = TranscriptDeduplicator(fileCount: 0)
    }

    // MARK: Handing out

    /// Up to `maximum` responses that were not handed out before; none when all were.
    ///
    /// They come in the order of their files, earliest first, and of their lines. Scans what is not scanned yet.
    public mutating func nextEntries(maximum: Int) -> [TranscriptEntry] {
        while scanBlock() {}
        var entries: [TranscriptEntry] = []
        while let responses, handedOut < responses.count, entries.count < maximum {
            let response = responses[handedOut]
            handedOut += 1
            do throws(ClaudeError) {
                entries.append(try entry(of: response))
            } catch {
                note(
                    TranscriptProblem(
                        file: files[Int(response.home.file)].path, line: response.home.number,
                        reason: error.description))
            }
        }
        return entries
    }

    private mutating func entry(of response: TranscriptDeduplicator.Response) throws(ClaudeError) -> TranscriptEntry {
        var entry = try fetcher.entry(at: response.home, in: files[Int(response.home.file)])
        if response.usage.file != response.home.file || response.usage.offset != response.home.offset {
            let believed = try fetcher.entry(at: response.usage, in: files[Int(response.usage.file)])
            entry.record = believed.record
            entry.requestID = entry.requestID ?? believed.requestID
        }
        entry.record.hasContent = response.hasContent
        if response.isRival {
            note(
                TranscriptProblem(
                    file: entry.file, line: entry.line,
                    reason: "another request states the same message id; only the first can be billed under it"))
        }
        return entry
    }
}
