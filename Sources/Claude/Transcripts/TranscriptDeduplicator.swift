/// Decides which lines of many transcripts are the same response, and which line of each to believe.
///
/// One response stands in transcripts many times: once per content block, in older versions as snapshots whose output
/// count grows, and again in the copies that forks, resumed sessions and side conversations make (reference: Claude
/// Code transcripts, duplicates). The rules:
///
/// 1. Lines with one message id are one response, unless main lines state different request ids for it. Then they are
///    one response per request id, which is reported, because billing knows one response per message id.
/// 2. A line without a request id, and a side conversation's line whatever its request id, belongs to the message.
/// 3. The line with the most tokens is believed; of equals one that states `speed`, then the one in the earliest file,
///    then the last.
/// 4. The response belongs to where it was first: to a main line before a side conversation's, then to the file whose
///    first time is earliest; of files with equal first times, to the one that has been left alone for longest.
///
/// The outcome does not depend on the order in which lines and files come. A line takes about a hundred bytes, whatever
/// its length.
struct TranscriptDeduplicator {
    /// A 128-bit hash that stands for a message id.
    struct MessageKey: Hashable {
        private let high: Int
        private let low: Int

        /// The key of the id with these UTF-8 bytes.
        init(_ id: UnsafeRawBufferPointer) {
            high = Self.hash(id, 1)
            low = Self.hash(id, 2)
        }

        static func hash(_ id: UnsafeRawBufferPointer, _ seed: UInt8) -> Int {
            var hasher = Hasher()
            hasher.combine(seed)
            hasher.combine(bytes: id)
            return hasher.finalize()
        }
    }

    /// One line that tells of a response.
    struct Line {
        var file: Int32
        var length: Int32
        var offset: Int64
        var number: Int64
        /// All tokens of the usage.
        var tokens: Int64
        var hasSpeed: Bool
        var isSidechain: Bool
    }

    /// How early a file is.
    struct Rank: Comparable {
        var firstTimestamp: Int64
        var modified: Int64
        var index: Int32

        static func < (lhs: Rank, rhs: Rank) -> Bool {
            (lhs.firstTimestamp, lhs.modified, lhs.index) < (rhs.firstTimestamp, rhs.modified, rhs.index)
        }
    }

    /// One response.
    struct Response {
        /// The line to take the usage from.
        var usage: Line
        /// The line to attribute the response by.
        var home: Line
        /// Whether any line has content.
        var hasContent: Bool
        /// Whether an earlier response has the same message id and another request id.
        var isRival = false
    }

    /// The lines of one message that state one request id, or none.
    private struct Group {
        /// Hash of the request id; `nil` for lines without one.
        var request: Int?
        var response: Response
        var hasMainLine: Bool
        var isFinal: Bool
        /// The next group of the message.
        var next: Int32
    }

    private var heads: [MessageKey: Int32] = [:]
    private var groups: [Group] = []
    private var held: Set<MessageKey> = []
    private var ranks: Ranks

    /// Creates a deduplicator for files whose ranks are set later.
    init(fileCount: Int) {
        ranks = Ranks(fileCount: fileCount)
    }

    /// States how early a file is, before its lines are inserted.
    mutating func setRank(file: Int, firstTimestamp: Int64, modified: Int64) {
        ranks[file] = Rank(firstTimestamp: firstTimestamp, modified: modified, index: Int32(clamping: file))
    }

    /// Takes in one line.
    ///
    /// - Parameters:
    ///   - request: A hash of the request id, or `nil` if the line has none.
    ///   - isFinal: Whether the line states final counts.
    mutating func insert(
        _ line: Line, message: MessageKey, request: Int?, isFinal: Bool, hasContent: Bool
    ) {
        let head = heads[message] ?? -1
        var index = head
        while index >= 0, groups[Int(index)].request != request { index = groups[Int(index)].next }
        let response = Response(usage: line, home: line, hasContent: hasContent)
        guard index >= 0 else {
            heads[message] = Int32(clamping: groups.count)
            groups.append(
                Group(
                    request: request, response: response, hasMainLine: !line.isSidechain, isFinal: isFinal, next: head))
            return
        }
        ranks.merge(response, into: &groups[Int(index)].response)
        groups[Int(index)].hasMainLine = groups[Int(index)].hasMainLine || !line.isSidechain
        groups[Int(index)].isFinal = groups[Int(index)].isFinal || isFinal
    }

    /// Keeps a message back, because its file may still get lines with higher counts; final counts override this.
    mutating func hold(_ message: MessageKey) { held.insert(message) }

    /// The responses in the order of their home files and lines, and how many messages are kept back.
    consuming func resolve() -> (responses: [Response], heldCount: Int) {
        var responses: [Response] = []
        responses.reserveCapacity(heads.count)
        var heldCount = 0
        for (message, head) in heads {
            let members = members(from: head)
            if held.contains(message), !members.contains(where: \.isFinal) {
                heldCount += 1
            } else {
                responses += resolve(members)
            }
        }
        responses.sort { precedes($0.home, $1.home) }
        return (responses, heldCount)
    }

    private func members(from head: Int32) -> [Group] {
        var members: [Group] = []
        var index = head
        while index >= 0 {
            members.append(groups[Int(index)])
            index = groups[Int(index)].next
        }
        return members
    }

    /// The responses behind the groups of one message: rules 1 and 2.
    private func resolve(_ members: [Group]) -> [Response] {
        var responses = members.filter { $0.hasMainLine && $0.request != nil }.map(\.response)
        responses.sort { precedes($0.home, $1.home) }
        var rest = members.filter { !$0.hasMainLine || $0.request == nil }.map(\.response)
        if responses.isEmpty { responses.append(rest.removeLast()) }
        for response in rest { ranks.merge(response, into: &responses[0]) }
        for index in responses.indices.dropFirst() { responses[index].isRival = true }
        return responses
    }

    private func precedes(_ line: Line, _ other: Line) -> Bool { ranks.precedes(line, other) }
}

extension TranscriptDeduplicator {
    /// How early each file is, and the rules that depend on it.
    ///
    /// They are apart from the groups, so that a group can be changed where it lies while the ranks are looked at.
    struct Ranks {
        private var ranks: [Rank]

        init(fileCount: Int) {
            ranks = (0..<fileCount).map { Rank(firstTimestamp: .max, modified: .max, index: Int32(clamping: $0)) }
        }

        subscript(file: Int) -> Rank {
            get { ranks[file] }
            set { ranks[file] = newValue }
        }

        func merge(_ other: Response, into response: inout Response) {
            if isBelieved(other.usage, over: response.usage) { response.usage = other.usage }
            if isHome(other.home, over: response.home) { response.home = other.home }
            response.hasContent = response.hasContent || other.hasContent
        }

        /// Rule 3.
        private func isBelieved(_ line: Line, over other: Line) -> Bool {
            if line.tokens != other.tokens { return line.tokens > other.tokens }
            if line.hasSpeed != other.hasSpeed { return line.hasSpeed }
            if line.file != other.file { return rank(line) < rank(other) }
            return line.offset > other.offset
        }

        /// Rule 4; within one file the more believed line is taken, so that usage and attribution come from one line.
        private func isHome(_ line: Line, over other: Line) -> Bool {
            if line.isSidechain != other.isSidechain { return !line.isSidechain }
            if line.file != other.file { return rank(line) < rank(other) }
            return isBelieved(line, over: other)
        }

        func precedes(_ line: Line, _ other: Line) -> Bool {
            line.file == other.file ? line.offset < other.offset : rank(line) < rank(other)
        }

        private func rank(_ line: Line) -> Rank { ranks[Int(line.file)] }
    }
}
