/// What scanning a file has shown so far, beside its responses.
struct TranscriptFileScan {
    /// A message that the file's next lines may still belong to.
    struct OpenMessage {
        var message: TranscriptDeduplicator.MessageKey
        var isFinal: Bool
        /// Where its first line starts.
        var offset: Int64
        /// The number of its first line.
        var number: Int64
    }

    /// Where scanning started.
    var start: Int64 = 0
    /// The first time that a line of the file states.
    var firstTimestamp: Int64?
    /// The last message of each conversation in the file: the main loop's, side conversations', each subagent's.
    private var last: [Int: OpenMessage] = [:]

    /// The messages that may get another line with higher counts.
    var openMessages: [OpenMessage] { last.values.filter { !$0.isFinal } }

    /// Notes a line of a response.
    mutating func note(
        _ message: TranscriptDeduplicator.MessageKey, conversation: Int, isFinal: Bool,
        _ line: TranscriptLineReader.Line
    ) {
        if last[conversation]?.message == message {
            if isFinal { last[conversation]?.isFinal = true }
        } else {
            last[conversation] = OpenMessage(
                message: message, isFinal: isFinal, offset: line.offset, number: line.number)
        }
    }

    /// The first time that the file at `path` states in its first `limit` bytes.
    ///
    /// - Throws: `ClaudeError.Code.io`.
    static func firstTimestamp(path: String, limit: Int64) throws(ClaudeError) -> Int64? {
        var reader = try TranscriptLineReader(path: path, blockSize: 1 << 14, lineLimit: 1 << 20)
        var time: Int64?
        var hasMore = true
        while hasMore, time == nil, reader.offset < limit {
            hasMore = try reader.readBlock { line in
                guard time == nil, !line.isBlank else { return }
                // Lines in front of the cursor were reported when they were imported.
                do { time = try line.parse().statedTime } catch { return }
            }
        }
        return time
    }
}

extension TranscriptLine {
    /// The line's time, or `nil` if it has none that can be read.
    var statedTime: Int64? {
        do { return try timestamp() } catch { return nil }
    }
}

extension JSONCursor.RawString {
    /// Hands the decoded string's UTF-8 bytes to `body`.
    func withDecodedBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) throws(ClaudeError) -> Result {
        guard hasEscapes else { return withRawBytes(body) }
        return Array(try decoded().utf8).withUnsafeBytes(body)
    }
}
