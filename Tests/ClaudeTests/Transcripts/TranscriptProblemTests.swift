import Claude
import Foundation
import Testing

@Suite("Transcripts: problems")
struct TranscriptProblemTests {
    static let good = AssistantLine().text

    /// A line, and a word of the reason it is refused for.
    @Test(
        "a malformed line is reported with its place, and the lines around it count",
        arguments: [
            ("{", "ends"), (String(good.dropLast()), "ends"), (String(good.dropFirst()), "object"), ("null", "object"),
            ("[]", "object"), ("not json", "value"), (good + good, "behind"), (good + "x", "behind"),
            ("\u{0}\u{0}\u{0}\u{0}", "value"), ("\u{0}" + good, "value"), (good + "\u{0}", "behind"),
            (#"{"type":"user","x":"\#u{1}"}"#, "control"), (#"{"type":"user","x":"\q"}"#, "escape"),
            (#"{"type":"user","x":01}"#, "comma"), ("\u{FEFF}" + good, "value"),
            (#"{"type":"assistant"}"#, "message"), (#"{"type":"assistant","message":[]}"#, "message"),
            (good.replacing(#""input_tokens":10"#, with: #""input_tokens":-1"#), "negative"),
            (good.replacing(#""input_tokens":10"#, with: #""input_tokens":1.5"#), "whole"),
            (good.replacing(#""input_tokens":10"#, with: #""input_tokens":"10""#), "string"),
            (good.replacing(#""input_tokens":10"#, with: #""input_tokens":1000000000001"#), "more than"),
            (good.replacing(#""input_tokens":10,"#, with: ""), "never stated"),
            (good.replacing(#""usage":{"#, with: #""usage":3,"x":{"#), "usage"),
            (good.replacing(#""2026-11-23T19:15:35.468Z""#, with: "null"), "timestamp"),
            (good.replacing(#""2026-11-23T19:15:35.468Z""#, with: "1795461335468"), "string"),
            (good.replacing("2026-11-23T", with: "2026-11-31T"), "RFC 3339"),
            (good.replacing(#""msg_1""#, with: "17"), "string"),
            (good.replacing(#""isSidechain":false"#, with: #""isSidechain":"no""#), "true or false"),
            (good.replacing(#""end_turn""#, with: "[]"), "string"),
            (good.replacing("msg_1", with: #"\ud800"#), "surrogate"),
            (String(repeating: "[", count: 1000), "object"),
            (#"{"x":"# + String(repeating: "[", count: 1000), "levels"),
        ])
    func reportsMalformedLine(_ line: String, _ reason: String) throws {
        let directory = try TemporaryDirectory()
        let text =
            transcript([.init(message: "before")]) + line + "\n" + transcript([.init(message: "after")])
        let file = try TranscriptFile(path: directory.write(text, to: "s.jsonl"), age: 10_000_000)
        let result = Import([file])
        #expect(result.entries.map(\.messageID) == ["before", "after"])
        #expect(result.entries.map(\.line) == [1, 3])
        #expect(result.problems.map(\.line) == [2])
        #expect(result.problems.map(\.file) == [file.path])
        #expect(result.problems.allSatisfy { $0.reason.contains(reason) }, "\(result.problems)")
        #expect(try readAll(file).problems == result.problems)
    }

    @Test("a line with a text that cannot be decoded does not hide a copy that can")
    func keepsDecodableCopy() throws {
        let directory = try TemporaryDirectory()
        for field in ["uuid", "session-1", "claude-opus-5-5", "end_turn"] {
            let damaged = AssistantLine(output: 50).text.replacing(
                field == "uuid" ? #""uuid":"uuid""# : field,
                with: field == "uuid" ? #""uuid":"\ud800""# : #"\udc00"#)
            let path = try directory.write(transcript([.init()]) + damaged + "\n", to: "s.jsonl")
            let result = Import([try TranscriptFile(path: path, age: 10_000_000)])
            #expect(result.entries.map(\.line) == [1])
            #expect(result.problems.map(\.line) == [2])
        }
    }

    @Test("invalid UTF-8 is reported", arguments: [[0xFF], [0xC3], [0xED, 0xA0, 0x80]] as [[UInt8]])
    func reportsInvalidUTF8(_ bytes: [UInt8]) throws {
        let directory = try TemporaryDirectory()
        let line = Data(#"{"type":"user","x":""#.utf8) + Data(bytes) + Data("\"}\n".utf8)
        let path = try directory.write(line + Data(transcript([.init()]).utf8), to: "s.jsonl")
        let result = Import([try TranscriptFile(path: path, age: 10_000_000)])
        #expect(result.entries.count == 1)
        #expect(result.problems.map(\.line) == [1])
        #expect(result.problems.first?.reason.contains("UTF-8") == true)
    }

    @Test(
        "lines that are not responses are no problem",
        arguments: [
            "", "  ", "\r", "{}", #"{"type":"user","timestamp":5,"sessionId":[],"message":"hi"}"#,
            #"{"type":"assistant","message":{"model":"claude-opus-5-5"}}"#,
            #"{"type":"assistant","message":{"model":"claude-opus-5-5","usage":null}}"#,
            #"{"type":"assistant","message":{"model":"<synthetic>","usage":{"input_tokens":-1}}}"#,
            #"{"type":null}"#, #"{"type":{"type":"assistant"}}"#, #"{"message":{"usage":{}}}"#,
            #"{"type":"progress","data":{"type":"assistant","message":{"usage":{}}}}"#,
        ])
    func passesOverOtherLines(_ line: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(line + "\n" + transcript([.init()]), to: "s.jsonl")
        let result = Import([try TranscriptFile(path: path, age: 10_000_000)])
        #expect(result.entries.map(\.line) == [2])
        #expect(result.problems.isEmpty)
    }

    @Test("a line is read whatever the order, spacing and spelling of its keys")
    func readsAnySpelling() throws {
        let line = #"""
            { "timestamp" : "2026-11-23T19:15:35.468Z" , "\u0074ype" : "assist\u0061nt", "extra": [{"type": "user"}],
            "message" : {"usage": {"output_tokens": 5, "input_tokens": 10}, "id": "msg\u005f1", "model": "m",
            "content": "text"}, "sessionId": "s", "isSidechain": null }
            """#.replacing("\n", with: "\r")
        let directory = try TemporaryDirectory()
        let path = try directory.write(line + "\r\n", to: "s.jsonl")
        let result = Import([try TranscriptFile(path: path, age: 10_000_000)])
        let entry = try #require(result.entries.first)
        #expect(entry.messageID == "msg_1")
        #expect(entry.record.usage.inputTokens == 10)
        #expect(entry.record.hasContent)
        #expect(entry.record.stopReason == nil)
        #expect(!entry.isSidechain)
    }

    @Test("session and subagent come from the file's place when the line lacks them")
    func takesIDsFromPath() throws {
        let line = AssistantLine().text.replacing(#","sessionId":"session-1""#, with: "")
        let directory = try TemporaryDirectory()
        try directory.write(line + "\n", to: "p/abc.jsonl")
        try directory.write(line.replacing("msg_1", with: "msg_2") + "\n", to: "p/abc/subagents/agent-7f.jsonl")
        let result = Import(try TranscriptDirectory(searching: [directory.path]).files)
        #expect(result.entries.map(\.sessionID) == ["abc", "abc"])
        #expect(Set(result.entries.map(\.agentID)) == [nil, "7f"])
    }

    @Test("a line cut off by a crash is reported once the file is left alone")
    func reportsCutLine() throws {
        let directory = try TemporaryDirectory()
        let text = transcript([.init()]) + String(Self.good.prefix(200))
        let path = try directory.write(text, to: "s.jsonl")
        #expect(Import([try TranscriptFile(path: path, age: 0)]).problems.isEmpty)
        let result = Import([try TranscriptFile(path: path, age: 10_000_000)])
        #expect(result.entries.count == 1)
        #expect(result.problems.map(\.line) == [2])
    }

    @Test("a line over the limit is reported and not held in memory", arguments: [1, 16, 1000, 5000, 100_000])
    func reportsHugeLine(_ blockSize: Int) throws {
        var options = TranscriptCollector.Options()
        options.reader.blockSize = blockSize
        options.reader.lineLimit = 2000
        let directory = try TemporaryDirectory()
        let huge = #"{"x":""# + String(repeating: "a", count: 50_000) + "\"}\n"
        let atLimit = #"{"x":""# + String(repeating: "a", count: 2000 - 8) + "\"}\n"
        let text =
            transcript([.init(message: "one")]) + huge + atLimit + transcript([.init(message: "two")]) + huge
            + transcript([.init(message: "three")]) + huge.dropLast()
        let path = try directory.write(text, to: "s.jsonl")
        let result = Import([try TranscriptFile(path: path, age: 10_000_000)], options: options)
        #expect(result.entries.map(\.messageID) == ["one", "two", "three"])
        #expect(result.entries.map(\.line) == [1, 4, 6])
        #expect(result.problems.map(\.line) == [2, 5, 7])
        #expect(result.problems.allSatisfy { $0.reason.contains("lineTooLong") })
        #expect(result.cursors.map(\.offset) == [Int64(text.utf8.count - huge.utf8.count + 1)])
        #expect(result.cursors.map(\.line) == [6])
    }

    @Test("a file that cannot be read is reported, and the others are read")
    func reportsMissingFile() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(transcript([.init()]), to: "b.jsonl")
        let gone = TranscriptFile(path: "\(directory.path)/a.jsonl", inode: 1, size: 10, modified: 0)
        let result = Import([gone, try TranscriptFile(path: path, age: 10_000_000)])
        #expect(result.entries.count == 1)
        #expect(result.problems.map(\.line) == [0])
        #expect(result.cursors.map(\.path) == [path])
        #expect(result.bytesScanned == result.totalBytes)
    }

    @Test("problems are kept up to the limit and counted beyond it")
    func limitsProblems() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(String(repeating: "?\n", count: 50), to: "s.jsonl")
        var options = TranscriptCollector.Options()
        options.problemLimit = 7
        var collector = TranscriptCollector(
            files: [try TranscriptFile(path: path, age: 10_000_000)], now: importTime, options: options)
        #expect(collector.nextEntries(maximum: 10).isEmpty)
        #expect(collector.problems.map(\.line) == [1, 2, 3, 4, 5, 6, 7])
        #expect(collector.problemCount == 50)
    }

    @Test("a problem's description points at the line")
    func describes() {
        #expect(TranscriptProblem(file: "/a/b.jsonl", line: 7, reason: "bad").description == "/a/b.jsonl:7: bad")
        #expect(TranscriptProblem(file: "/a/b.jsonl", reason: "bad").description == "/a/b.jsonl: bad")
    }
}
