import Claude
import Foundation
import Testing

/// A directory for one test, deleted with it.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "flowmeter-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and its directories; returns its path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String { try write(Data(text.utf8), to: name) }

    @discardableResult
    func write(_ data: Data, to name: String) throws -> String {
        let url = URL(filePath: path).appending(path: name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        // Not atomically, which would make a new file with a new inode.
        if FileManager.default.fileExists(atPath: url.path()) {
            let handle = try FileHandle(forWritingTo: url)
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: data)
            try handle.close()
        } else {
            try data.write(to: url)
        }
        return url.path()
    }
}

/// A line of a transcript, with the fields that tests vary.
struct AssistantLine {
    var message: String? = "msg_1"
    var request: String? = "req_1"
    var session = "session-1"
    var agent: String?
    var isSidechain = false
    var uuid = "uuid"
    var time = "2026-11-23T19:15:35.468Z"
    var model = "claude-opus-5-5"
    var input = 10
    var output = 5
    var speed: String?
    var stopReason: String? = "end_turn"
    var content = #"[{"type":"text","text":"Hi"}]"#

    var text: String {
        func quoted(_ value: String?) -> String { value.map { "\"\($0)\"" } ?? "null" }
        var line = #"{"parentUuid":null,"isSidechain":\#(isSidechain)"#
        if let agent { line += #","agentId":"\#(agent)""# }
        line += #","message":{"model":"\#(model)""#
        if let message { line += #","id":"\#(message)""# }
        line += #","type":"message","role":"assistant","content":\#(content),"stop_reason":\#(quoted(stopReason))"#
        line += #","usage":{"input_tokens":\#(input),"output_tokens":\#(output)"#
        if let speed { line += #","speed":"\#(speed)""# }
        line += "}}"
        if let request { line += #","requestId":"\#(request)""# }
        return line + #","type":"assistant","uuid":"\#(uuid)","timestamp":"\#(time)","sessionId":"\#(session)"}"#
    }
}

func transcript(_ lines: [AssistantLine]) -> String { lines.map { $0.text + "\n" }.joined() }

/// The time that tests import at, and one at which files are long finished.
let importTime: Int64 = 2_000_000_000_000

extension TranscriptFile {
    /// The file as it is, last written to `age` milliseconds before ``importTime``.
    init(path: String, age: Int64) throws {
        try self.init(path: path)
        modified = importTime - age
    }
}

/// What an import of some files gives.
struct Import {
    var entries: [TranscriptEntry] = []
    var problems: [TranscriptProblem]
    var cursors: [TranscriptCursor]
    var heldCount: Int
    var bytesScanned: Int64
    var totalBytes: Int64

    init(
        _ files: [TranscriptFile], resumingAt cursors: [TranscriptCursor] = [],
        options: TranscriptCollector.Options = .init()
    ) {
        var collector = TranscriptCollector(files: files, resumingAt: cursors, now: importTime, options: options)
        while case let batch = collector.nextEntries(maximum: 3), !batch.isEmpty { entries += batch }
        problems = collector.problems
        self.cursors = collector.cursors
        heldCount = collector.heldCount
        bytesScanned = collector.bytesScanned
        totalBytes = collector.totalBytes
    }
}

/// Everything one reader hands over.
func readAll(
    _ file: TranscriptFile, from cursor: TranscriptCursor? = nil, options: TranscriptReader.Options = .init()
) throws -> (entries: [TranscriptEntry], problems: [TranscriptProblem], cursor: TranscriptCursor) {
    var reader = try TranscriptReader(file, from: cursor, options: options)
    var entries: [TranscriptEntry] = []
    var problems: [TranscriptProblem] = []
    func take(_ item: TranscriptReader.Item) {
        switch item {
        case .entry(let entry): entries.append(entry)
        case .problem(let problem): problems.append(problem)
        }
    }
    while try reader.readBlock(take) {}
    reader.readRemainder(take)
    return (entries, problems, reader.cursor)
}
