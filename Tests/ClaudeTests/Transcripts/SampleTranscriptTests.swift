import Claude
import Foundation
import Testing

/// Transcripts that Claude Code 2.1.330 wrote.
///
/// The expectations were taken from the files with a JSON reader of another
/// language.
@Suite("Transcripts of Claude Code 2.1.330")
struct SampleTranscriptTests {
    static let root = "\(Bundle.module.resourcePath ?? "")/Fixtures/claude_code"

    struct Expected: CustomTestStringConvertible, Sendable {
        var file: String
        var line: Int64
        var offset: Int64
        var id: String
        var request: String
        var time: Int64
        var input: Int64
        var write5m: Int64
        var write1h: Int64 = 0
        var read: Int64
        var output: Int64
        var thinking: Int64 = 0
        var speed = "standard"
        var stop = "end_turn"
        var agent: String?
        var testDescription: String { "\(id) in \(file)" }
    }

    static let project = "-home-user-project"
    static let parent = "87bb82cd-70a5-4d19-87b5-aabaf96f0696"

    /// One row per response; the line is the last of the response's lines.
    static let expected = [
        Expected(
            file: "01_basic/\(project)/7e40b2f7-a2ad-48ba-a930-6aa4df64f607.jsonl", line: 18, offset: 6010,
            id: "msg_01mTh65XTPjwSNxHdF3N6SyN", request: "req_011ChcVUw5zB37hv6rxyVL1N", time: 1_795_461_335_468,
            input: 0, write5m: 12262, read: 0, output: 16),
        Expected(
            file: "02_tools_parallel/\(project)/88a9dde7-bb5e-422c-b650-c0f86b101b23.jsonl", line: 22, offset: 10309,
            id: "msg_017kz3AkyED5oTBs38MsJoBm", request: "req_011CRurUjPsnHoxaWSR7epqa", time: 1_795_461_337_806,
            input: 10, write5m: 200, read: 1000, output: 321, thinking: 7, stop: "tool_use"),
        Expected(
            file: "02_tools_parallel/\(project)/88a9dde7-bb5e-422c-b650-c0f86b101b23.jsonl", line: 31, offset: 15611,
            id: "msg_018MUDCQqWWhaaFfpPwcWiH1", request: "req_011C7bH3xbBDJvanxm46XtWd", time: 1_795_461_338_360,
            input: 12, write5m: 0, write1h: 50, read: 1200, output: 45),
        Expected(
            file: "02_tools_parallel/\(project)/88a9dde7-bb5e-422c-b650-c0f86b101b23.jsonl", line: 39, offset: 20251,
            id: "msg_01WCwNXZ1HkEwWpSCnqu8dAN", request: "req_011CRCUoieiwZpJ3SuNgTTSy", time: 1_795_461_340_639,
            input: 1000, write5m: 0, read: 0, output: 100),
        Expected(
            file: "05_subagent/\(project)/\(parent).jsonl", line: 20, offset: 7440,
            id: "msg_01VMcQqY1YH8ULYvEE9inZPQ", request: "req_011CuQ8Luxy4wQe4aFp4HNem", time: 1_795_461_344_103,
            input: 11, write5m: 12265, read: 0, output: 100, stop: "tool_use"),
        Expected(
            file: "05_subagent/\(project)/\(parent).jsonl", line: 29, offset: 13170,
            id: "msg_018EuAx8TNMu5cT7xmDjXSnv", request: "req_011CJJEXWHRc4gbAheaSiZSg", time: 1_795_461_344_705,
            input: 13, write5m: 284, read: 12265, output: 14),
        Expected(
            file: "05_subagent/\(project)/\(parent)/subagents/agent-a9db74533b5888eee.jsonl", line: 15, offset: 6723,
            id: "msg_01dZZQLvqFXE6CJvoQD34JpL", request: "req_011CmzvrELCcGYrbMGj1iKm7", time: 1_795_461_344_392,
            input: 500, write5m: 8171, read: 0, output: 60, stop: "tool_use", agent: "a9db74533b5888eee"),
        Expected(
            file: "05_subagent/\(project)/\(parent)/subagents/agent-a9db74533b5888eee.jsonl", line: 21, offset: 11407,
            id: "msg_01kidgDj3cMBS8pWqLKJGPMt", request: "req_011CkhtyDwEuxefAF7dTsCRZ", time: 1_795_461_344_549,
            input: 510, write5m: 492, read: 8171, output: 61, agent: "a9db74533b5888eee"),
        Expected(
            file: "13_otel/\(project)/89e75b5b-4ac9-4b62-a89a-edb88fb26ae9.jsonl", line: 19, offset: 6111,
            id: "msg_01YNrdUHeyyzqaM4eymq5dp5", request: "req_011CdgzoLVTBFHSeJRMPykF4", time: 1_795_461_370_067,
            input: 100, write5m: 12263, read: 0, output: 10, stop: "tool_use"),
        Expected(
            file: "13_otel/\(project)/89e75b5b-4ac9-4b62-a89a-edb88fb26ae9.jsonl", line: 29, offset: 12526,
            id: "msg_01h8vk8yDuTepXAcYCEHHpao", request: "req_011CMmdUKCWpnq1RjyZZdvEz", time: 1_795_461_370_885,
            input: 0, write5m: 57, read: 12263, output: 7, speed: "fast"),
        Expected(
            file: "15_multi_turn_clear/\(project)/445c5d0a-6f08-44e3-9ee4-04755d234967.jsonl", line: 20, offset: 6340,
            id: "msg_01CDdJWRFQECnJzdSbvD9Gne", request: "req_011C6cBAT3MnQRDftpm2gykp", time: 1_795_461_377_700,
            input: 0, write5m: 12263, read: 0, output: 16),
        Expected(
            file: "15_multi_turn_clear/\(project)/74411dab-5ac2-4c7c-9710-a7e7ff08a1a2.jsonl", line: 24, offset: 8232,
            id: "msg_01o2HnkkY7nQ1NTvkWw1eLw4", request: "req_011CK4zn58qU1Js6qj9nzZno", time: 1_795_461_378_160,
            input: 0, write5m: 12390, read: 0, output: 16),
    ]

    static func importSamples() throws -> Import {
        Import(try TranscriptDirectory(searching: [root]).files)
    }

    @Test("every response is found once, and nothing else")
    func findsEveryResponse() throws {
        let result = try Self.importSamples()
        #expect(Set(result.entries.map(\.messageID)) == Set(Self.expected.map(\.id)))
        #expect(result.entries.count == Self.expected.count)
        #expect(result.problems.isEmpty)
        #expect(result.heldCount == 0)
        #expect(result.totalBytes == 107_890)
        #expect(result.bytesScanned == 107_890)
    }

    @Test("each response has its fields", arguments: expected)
    func readsFields(_ expected: Expected) throws {
        let entry = try #require(try Self.importSamples().entries.first { $0.messageID == expected.id })
        #expect(entry.file == "\(Self.root)/\(expected.file)")
        #expect(entry.line == expected.line)
        #expect(entry.offset == expected.offset)
        #expect(entry.requestID == expected.request)
        #expect(entry.billingID == expected.id)
        #expect(entry.timestamp == expected.time)
        #expect(entry.agentID == expected.agent)
        #expect(entry.isSidechain == (expected.agent != nil))
        let session = expected.agent == nil ? entry.file.split(separator: "/").last?.dropLast(6) : Self.parent[...]
        #expect(entry.sessionID == session.map(String.init))
        #expect(entry.uuid?.count == 36)

        var usage = MessageUsage()
        usage.inputTokens = expected.input
        usage.cacheCreationInputTokens = expected.write5m + expected.write1h
        usage.cacheCreation = .init(
            ephemeral5mInputTokens: expected.write5m, ephemeral1hInputTokens: expected.write1h)
        usage.cacheReadInputTokens = expected.read
        usage.outputTokens = expected.output
        usage.thinkingTokens = expected.thinking
        usage.serviceTier = "standard"
        usage.inferenceGeo = "global"
        usage.speed = expected.speed
        #expect(
            entry.record
                == MessageRecord(
                    id: expected.id, model: "claude-opus-5-5", usage: usage, stopReason: expected.stop,
                    hasContent: true, ending: .complete))
    }

    /// Lines of responses, one per content block, by file.
    @Test(
        "the reader hands over every line of a response",
        arguments: [
            ("01_basic/\(project)/7e40b2f7-a2ad-48ba-a930-6aa4df64f607.jsonl", [18]),
            ("02_tools_parallel/\(project)/88a9dde7-bb5e-422c-b650-c0f86b101b23.jsonl", [19, 20, 21, 22, 31, 39]),
            ("05_subagent/\(project)/\(parent).jsonl", [19, 20, 29]),
            ("05_subagent/\(project)/\(parent)/subagents/agent-a9db74533b5888eee.jsonl", [14, 15, 21]),
            ("12b_err_budget_429/\(project)/7efdba0f-7fdf-45d0-9d29-6a7c88a96669.jsonl", []),
            ("13_otel/\(project)/89e75b5b-4ac9-4b62-a89a-edb88fb26ae9.jsonl", [19, 29]),
            ("15_multi_turn_clear/\(project)/445c5d0a-6f08-44e3-9ee4-04755d234967.jsonl", [20]),
            ("15_multi_turn_clear/\(project)/74411dab-5ac2-4c7c-9710-a7e7ff08a1a2.jsonl", [24]),
        ] as [(String, [Int64])])
    func readsLines(_ name: String, _ lines: [Int64]) throws {
        let file = try TranscriptFile(path: "\(Self.root)/\(name)")
        for blockSize in [1, 7, 4096, 1 << 20] {
            var options = TranscriptReader.Options()
            options.blockSize = blockSize
            let (entries, problems, cursor) = try readAll(file, options: options)
            #expect(entries.map(\.line) == lines)
            #expect(problems.isEmpty)
            #expect(cursor.offset == file.size)
        }
    }
}
