import Claude
import Testing

/// The duplicate rules, one case each.
///
/// Every case is imported with its files in every order.
@Suite("Transcripts: duplicates")
struct TranscriptDeduplicationTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        /// Lines by file; files are named a.jsonl, b.jsonl, … and are finished.
        var files: [[AssistantLine]]
        /// Per response: file, line, session, request and output tokens.
        var expected: [(file: String, line: Int64, session: String, request: String?, output: Int64)]
        var problems = 0
        var testDescription: String { name }
    }

    static let early = "2026-11-23T10:00:00Z"
    static let late = "2026-11-23T11:00:00Z"

    static let cases = [
        Case(
            name: "one line per content block is one response, counted once",
            files: [[.init(uuid: "1"), .init(uuid: "2"), .init(uuid: "3")]],
            expected: [("a", 3, "session-1", "req_1", 5)]),
        Case(
            name: "of growing snapshots the largest counts",
            files: [[.init(output: 1, stopReason: nil), .init(output: 80, stopReason: nil), .init(output: 212)]],
            expected: [("a", 3, "session-1", "req_1", 212)]),
        Case(
            name: "the largest counts even if it is not the last",
            files: [[.init(output: 1), .init(output: 212), .init(output: 80)]],
            expected: [("a", 2, "session-1", "req_1", 212)]),
        Case(
            name: "of equal lines one that states the speed counts",
            files: [[.init(), .init(speed: "fast"), .init()]],
            expected: [("a", 2, "session-1", "req_1", 5)]),
        Case(
            name: "different messages of one request are different responses",
            files: [[.init(message: "msg_1"), .init(message: "msg_2")]],
            expected: [("a", 1, "session-1", "req_1", 5), ("a", 2, "session-1", "req_1", 5)]),
        Case(
            name: "a fork's copy belongs to the earlier file, whatever its name",
            files: [
                [.init(message: "msg_0", session: "fork", time: late), .init(session: "fork", time: late)],
                [.init(session: "original", time: early)],
            ],
            expected: [("b", 1, "original", "req_1", 5), ("a", 1, "fork", "req_1", 5)]),
        Case(
            name: "a fork of an unfinished message takes nothing away from the original",
            files: [
                [
                    .init(session: "original", time: early, output: 1, stopReason: nil),
                    .init(session: "original", time: early, output: 90),
                ],
                [
                    .init(message: "msg_0", session: "fork", time: late),
                    .init(session: "fork", time: early, output: 1, stopReason: nil),
                ],
            ],
            expected: [("a", 2, "original", "req_1", 90), ("b", 1, "fork", "req_1", 5)]),
        Case(
            name: "a larger copy lends its counts to the original",
            files: [
                [.init(session: "original", time: early, output: 1, stopReason: nil)],
                [.init(session: "fork", time: late, output: 90)],
            ],
            expected: [("a", 1, "original", "req_1", 90)]),
        Case(
            name: "a side conversation's replay with a new request id is the parent's response",
            files: [
                [.init(request: "req_new", session: "aside", isSidechain: true, time: early)],
                [.init(request: "req_1", session: "parent", time: late)],
            ],
            expected: [("b", 1, "parent", "req_1", 5)]),
        Case(
            name: "replays of a parent that is gone are one response",
            files: [
                [.init(request: "req_2", session: "aside-2", isSidechain: true, time: late)],
                [.init(request: "req_3", session: "aside-3", isSidechain: true, time: early)],
            ],
            expected: [("b", 1, "aside-3", "req_3", 5)]),
        Case(
            name: "a subagent's own lines are a response of the subagent",
            files: [[.init(agent: "abc", isSidechain: true), .init(agent: "abc", isSidechain: true)]],
            expected: [("a", 2, "session-1", "req_1", 5)]),
        Case(
            name: "lines without a request id are one response",
            files: [
                [.init(request: nil), .init(request: nil)],
                [.init(request: nil, session: "fork", time: "2026-11-24T00:00:00Z")],
            ],
            expected: [("a", 2, "session-1", nil, 5)]),
        Case(
            name: "a line without a request id belongs to the message that has one",
            files: [
                [.init(request: nil, time: late), .init(request: "req_1", time: late)],
                [.init(request: nil, session: "fork", time: "2026-11-24T00:00:00Z")],
            ],
            expected: [("a", 2, "session-1", "req_1", 5)]),
        Case(
            name: "two main requests that state one message id stay two, and are reported",
            files: [[.init(request: "req_1", time: early, output: 7), .init(request: "req_2", time: late, output: 9)]],
            expected: [("a", 1, "session-1", "req_1", 7), ("a", 2, "session-1", "req_2", 9)], problems: 1),
        Case(
            name: "with two main requests, replays and lines without request id go to the first",
            files: [
                [.init(request: "req_1", time: early, output: 7), .init(request: "req_2", time: late, output: 9)],
                [.init(request: "req_3", session: "aside", isSidechain: true, time: "2026-11-24T00:00:00Z", output: 8)],
                [.init(request: nil, session: "fork", time: "2026-11-25T00:00:00Z", output: 6)],
            ],
            expected: [("a", 1, "session-1", "req_1", 8), ("a", 2, "session-1", "req_2", 9)], problems: 1),
        Case(
            name: "a line without message id is billed by its request id",
            files: [[.init(message: nil), .init(message: nil)]],
            expected: [("a", 2, "session-1", "req_1", 5)]),
        Case(
            name: "a line without message and request id is billed by its own id",
            files: [[.init(message: nil, request: nil, uuid: "x"), .init(message: nil, request: nil, uuid: "y")]],
            expected: [("a", 1, "session-1", nil, 5), ("a", 2, "session-1", nil, 5)]),
        Case(
            name: "synthetic lines are no responses",
            files: [[.init(model: "<synthetic>", input: 0, output: 0)]],
            expected: []),
        Case(
            name: "responses come in the order of their files' first times, then of their lines",
            files: [
                [.init(message: "msg_3", time: late), .init(message: "msg_4", time: early)],
                [
                    .init(message: "msg_1", session: "s", time: early),
                    .init(message: "msg_2", session: "s", time: late),
                ],
            ],
            expected: [
                ("b", 1, "s", "req_1", 5), ("b", 2, "s", "req_1", 5), ("a", 1, "session-1", "req_1", 5),
                ("a", 2, "session-1", "req_1", 5),
            ]),
    ]

    @Test("follow the rules, whatever the order of the files", arguments: cases)
    func followRules(_ test: Case) throws {
        let directory = try TemporaryDirectory()
        let files = try test.files.enumerated().map { index, lines in
            let name = ["a", "b", "c"][index]
            return try TranscriptFile(
                path: directory.write(transcript(lines), to: "\(name).jsonl"), age: 10_000_000)
        }
        for order in permutations(files) {
            let result = Import(order)
            #expect(result.entries.map(\.file) == test.expected.map { "\(directory.path)/\($0.file).jsonl" })
            #expect(result.entries.map(\.line) == test.expected.map(\.line))
            #expect(result.entries.map(\.sessionID) == test.expected.map(\.session))
            #expect(result.entries.map(\.requestID) == test.expected.map(\.request))
            #expect(result.entries.map(\.record.usage.outputTokens) == test.expected.map(\.output))
            #expect(result.problems.count == test.problems)
            #expect(result.heldCount == 0)
        }
    }

    @Test("of two files with one first time, the one that was left alone for longest is the original")
    func prefersOlderFile() throws {
        let directory = try TemporaryDirectory()
        let a = try directory.write(transcript([.init(session: "fork")]), to: "a.jsonl")
        let b = try directory.write(transcript([.init(session: "original")]), to: "b.jsonl")
        let files = [try TranscriptFile(path: a, age: 5_000_000), try TranscriptFile(path: b, age: 9_000_000)]
        #expect(Import(files).entries.map(\.sessionID) == ["original"])
        #expect(Import(files.reversed()).entries.map(\.sessionID) == ["original"])
    }

    @Test("a response has content if any of its lines has")
    func mergesContent() throws {
        let directory = try TemporaryDirectory()
        let lines = [
            AssistantLine(stopReason: "refusal"), AssistantLine(output: 9, stopReason: "refusal", content: "[]"),
        ]
        let path = try directory.write(transcript(lines), to: "a.jsonl")
        let entry = try #require(Import([try TranscriptFile(path: path, age: 5_000_000)]).entries.first)
        #expect(entry.record.usage.outputTokens == 9)
        #expect(entry.record.hasContent)
        let empty = try directory.write(transcript([lines[1]]), to: "b.jsonl")
        let other = try #require(Import([try TranscriptFile(path: empty, age: 5_000_000)]).entries.first)
        #expect(!other.record.hasContent)
    }
}

func permutations<Element>(_ elements: [Element]) -> [[Element]] {
    guard elements.count > 1 else { return [elements] }
    return elements.indices.flatMap { index in
        var rest = elements
        let first = rest.remove(at: index)
        return permutations(rest).map { [first] + $0 }
    }
}
