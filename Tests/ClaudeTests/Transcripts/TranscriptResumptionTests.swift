import Claude
import Foundation
import Testing

@Suite("Transcripts: resumption")
struct TranscriptResumptionTests {
    /// Three responses; the second has two lines, a user's line between them.
    static let text =
        transcript([.init(message: "msg_1", output: 11)]) + #"{"type":"user","message":{"content":"a\nb"}}"# + "\n"
        + transcript([.init(message: "msg_2", output: 22, stopReason: "tool_use")])
        + #"{"type":"user","message":{"role":"user","content":[]},"timestamp":"2026-11-23T19:15:36Z"}"# + "\n"
        + transcript([.init(message: "msg_2", output: 22, stopReason: "tool_use"), .init(message: "msg_3", output: 33)])

    @Test("a file that grows by any cut gives each response once stored by id, and the same cursors as at once")
    func resumesAtAnyByte() throws {
        let directory = try TemporaryDirectory()
        let bytes = Data(Self.text.utf8)
        for cut in 0...bytes.count {
            let path = try directory.write(bytes.prefix(cut), to: "s.jsonl")
            let first = Import([try TranscriptFile(path: path, age: 0)])
            try directory.write(bytes, to: "s.jsonl")
            let second = Import([try TranscriptFile(path: path, age: 0)], resumingAt: first.cursors)
            #expect(first.problems.isEmpty && second.problems.isEmpty)

            var stored: [String: TranscriptEntry] = [:]
            for entry in first.entries + second.entries { stored[entry.billingID ?? "", default: entry] = entry }
            #expect(stored.keys.sorted() == ["msg_1", "msg_2", "msg_3"], "cut at \(cut)")
            #expect(stored.values.map(\.record.usage.outputTokens).sorted() == [11, 22, 33], "cut at \(cut)")
            #expect(stored["msg_3"]?.line == 6)

            // The cursor is at the last line break in front of the cut, and the second import starts there.
            let lineStart = bytes.prefix(cut).lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            #expect(first.cursors.map(\.offset) == [Int64(lineStart)])
            #expect(second.totalBytes == Int64(bytes.count - lineStart))
            #expect(second.bytesScanned == second.totalBytes)
            #expect(second.cursors.map(\.offset) == [Int64(bytes.count)])
            #expect(second.cursors.map(\.line) == [6])
        }
    }

    @Test("the reader resumes at every line with the right line numbers")
    func readerResumes() throws {
        let directory = try TemporaryDirectory()
        let file = try TranscriptFile(path: directory.write(Self.text, to: "s.jsonl"))
        let all = try readAll(file).entries
        #expect(all.map(\.line) == [1, 3, 5, 6])
        var offset = 0
        for (index, line) in Self.text.split(separator: "\n").enumerated() {
            let cursor = TranscriptCursor(
                path: file.path, inode: file.inode, offset: Int64(offset), line: Int64(index))
            #expect(try readAll(file, from: cursor).entries == all.filter { $0.line > index })
            offset += line.utf8.count + 1
        }
    }

    @Test(
        "a cursor that does not fit the file is ignored",
        arguments: ["inode", "beyond the end", "inside a line", "negative"])
    func ignoresUnfitCursor(_ fault: String) throws {
        let directory = try TemporaryDirectory()
        let file = try TranscriptFile(path: directory.write(Self.text, to: "s.jsonl"), age: 10_000_000)
        var cursor = try readAll(file).cursor
        switch fault {
        case "inode": cursor.inode += 1
        case "beyond the end": cursor.offset += 1
        case "inside a line": cursor.offset -= 2
        default: cursor.offset = -1
        }
        #expect(Import([file], resumingAt: [cursor]).entries.map(\.messageID) == ["msg_1", "msg_2", "msg_3"])
        #expect(try readAll(file, from: cursor).entries.count == 4)
    }

    @Test("nothing is read twice when nothing was written")
    func isIdempotent() throws {
        let directory = try TemporaryDirectory()
        let file = try TranscriptFile(path: directory.write(Self.text, to: "s.jsonl"), age: 10_000_000)
        let first = Import([file])
        let second = Import([file], resumingAt: first.cursors)
        #expect(second.entries.isEmpty)
        #expect(second.totalBytes == 0)
        #expect(second.cursors == first.cursors)
    }

    @Test("a snapshot at the end of a file in use is kept back until its response is complete")
    func holdsSnapshot() throws {
        let directory = try TemporaryDirectory()
        let whole = [AssistantLine(message: "msg_1")]
        let snapshots = [1, 40, 300].map { AssistantLine(message: "msg_2", output: $0, stopReason: nil) }
        var cursors: [TranscriptCursor] = []
        let start = Int64(transcript(whole).utf8.count)
        for count in 1...3 {
            let path = try directory.write(transcript(whole + snapshots.prefix(count)), to: "s.jsonl")
            let result = Import([try TranscriptFile(path: path, age: 1000)], resumingAt: cursors)
            #expect(result.entries.map(\.messageID) == (count == 1 ? ["msg_1"] : []))
            #expect(result.heldCount == 1)
            #expect(result.cursors.map(\.offset) == [start])
            #expect(result.cursors.map(\.line) == [1])
            cursors = result.cursors
        }
        // Another message of the same conversation ends it: its last line was the complete one.
        let path = try directory.write(
            transcript(whole + snapshots + [AssistantLine(message: "msg_3")]), to: "s.jsonl")
        let result = Import([try TranscriptFile(path: path, age: 1000)], resumingAt: cursors)
        #expect(result.entries.map(\.messageID) == ["msg_2", "msg_3"])
        #expect(result.entries.map(\.record.usage.outputTokens) == [300, 5])
        #expect(result.heldCount == 0)
    }

    @Test("a snapshot at the end of a file that was left alone counts as it is")
    func releasesSnapshot() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(transcript([.init(output: 40, stopReason: nil)]), to: "s.jsonl")
        let quiet = TranscriptCollector.Options().quietPeriod
        #expect(Import([try TranscriptFile(path: path, age: quiet - 1)]).entries.isEmpty)
        let result = Import([try TranscriptFile(path: path, age: quiet)])
        #expect(result.entries.map(\.record.usage.outputTokens) == [40])
    }

    @Test("a final line in any file releases a snapshot")
    func releasesFinalElsewhere() throws {
        let directory = try TemporaryDirectory()
        let a = try directory.write(transcript([.init(output: 40, stopReason: nil)]), to: "a.jsonl")
        let b = try directory.write(transcript([.init(session: "fork", output: 70)]), to: "b.jsonl")
        let result = Import([try TranscriptFile(path: a, age: 1000), try TranscriptFile(path: b, age: 0)])
        #expect(result.entries.map(\.record.usage.outputTokens) == [70])
        #expect(result.heldCount == 0)
    }

    @Test("a subagent's line does not end the main loop's message")
    func keepsConversationsApart() throws {
        let directory = try TemporaryDirectory()
        let lines = [
            AssistantLine(message: "msg_1", output: 1, stopReason: nil),
            AssistantLine(message: "msg_2", request: "req_2", isSidechain: true),
            AssistantLine(message: "msg_3", request: "req_3", agent: "abc", isSidechain: true),
        ]
        let path = try directory.write(transcript(lines), to: "s.jsonl")
        let result = Import([try TranscriptFile(path: path, age: 0)])
        #expect(result.entries.map(\.messageID) == ["msg_2", "msg_3"])
        #expect(result.heldCount == 1)
        #expect(result.cursors.map(\.offset) == [0])
    }

    @Test("a resumed file keeps its place among the files by its first line")
    func ranksResumedFile() throws {
        let directory = try TemporaryDirectory()
        let old = AssistantLine(message: "msg_0", session: "original", time: "2026-11-01T00:00:00Z")
        let a = try directory.write(
            transcript([.init(session: "fork", time: "2026-11-10T00:00:00Z")]), to: "a.jsonl")
        let b = try directory.write(transcript([old]), to: "b.jsonl")
        let cursors = Import([try TranscriptFile(path: b, age: 10_000_000)]).cursors
        try directory.write(
            transcript([old, .init(session: "original", time: "2026-11-20T00:00:00Z")]), to: "b.jsonl")
        let files = try [a, b].map { try TranscriptFile(path: $0, age: 10_000_000) }
        #expect(Import(files, resumingAt: cursors).entries.map(\.sessionID) == ["original"])
    }

    @Test("a last line without a line break waits while the file is in use, and counts when it is not")
    func readsRemainder() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            transcript([.init(message: "msg_1")]) + AssistantLine(message: "msg_2").text, to: "s.jsonl")
        let live = Import([try TranscriptFile(path: path, age: 0)])
        #expect(live.entries.map(\.messageID) == ["msg_1"])
        #expect(live.problems.isEmpty)
        let quiet = Import([try TranscriptFile(path: path, age: 10_000_000)])
        #expect(quiet.entries.map(\.messageID) == ["msg_1", "msg_2"])
        #expect(quiet.cursors == live.cursors)
    }
}
