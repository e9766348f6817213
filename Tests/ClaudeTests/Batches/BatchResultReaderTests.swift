import Claude
import ClaudeFuzzing
import NIOCore
import Testing

@Suite struct BatchResultReaderTests {
    static func read(_ pieces: [ByteBuffer], limit: Int = BatchResultReader.defaultLineLimit) -> [BatchResultReader
        .Line]
    {
        var reader = BatchResultReader(lineLimit: limit)
        return pieces.flatMap { reader.consume($0) } + reader.finish()
    }

    static let message = """
        {"id":"msg_1","type":"message","model":"claude-haiku-5-5","content":[{"type":"text","text":"né"}],\
        "stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":4,"service_tier":"batch"}}
        """

    static let file = """
        {"custom_id":"a","result":{"type":"succeeded","message":\(message)}}
        {"result":{"message":\(message),"type":"succeeded"},"custom_id":"b-é"}\r

        {"custom_id":"c","result":{"type":"errored","error":{"type":"error","error":{"type":"invalid_request_error"},"request_id":"req_1"}}}
        {"custom_id":"d","result":{"type":"canceled"}}
        {"custom_id":"e","result":{"type":"expired","error":null}}
        """

    static let results: [BatchResultReader.Line] = {
        var record = MessageRecord(
            id: "msg_1", model: "claude-haiku-5-5", stopReason: "end_turn", hasContent: true, ending: .complete,
            generatedBytes: 3)
        record.usage.inputTokens = 3
        record.usage.outputTokens = 4
        record.usage.serviceTier = "batch"
        return [
            .result(BatchResult(customID: "a", outcome: .succeeded(record))),
            .result(BatchResult(customID: "b-é", outcome: .succeeded(record))),
            .result(BatchResult(customID: "c", outcome: .errored(type: "invalid_request_error"))),
            .result(BatchResult(customID: "d", outcome: .canceled)),
            .result(BatchResult(customID: "e", outcome: .expired)),
        ]
    }()

    @Test("Every kind of result is read, wherever the file is cut")
    func reads() {
        let bytes = Array(Self.file.utf8)
        #expect(Self.read([ByteBuffer(bytes: bytes)]) == Self.results)
        for cut in 0...bytes.count {
            let pieces = [ByteBuffer(bytes: bytes[..<cut]), ByteBuffer(bytes: bytes[cut...])]
            #expect(Self.read(pieces) == Self.results, "cut at \(cut)")
        }
        for seed in 0..<200 as Range<UInt64> {
            #expect(Self.read(FuzzHarness.pieces(of: bytes, seed: seed)) == Self.results, "seed \(seed)")
        }
    }

    @Test(
        "A line that cannot be read is reported with its number, and the next is read",
        arguments: [
            ("{", .malformedJSON), ("7", .malformedJSON), ("{}", .malformedEvent), ("\u{0}", .malformedJSON),
            (#"{"custom_id":"a"}"#, .malformedEvent), (#"{"result":{"type":"canceled"}}"#, .malformedEvent),
            (#"{"custom_id":7,"result":{"type":"canceled"}}"#, .malformedJSON),
            (#"{"custom_id":"a","result":{"type":"new"}}"#, .malformedEvent),
            (#"{"custom_id":"a","result":{"type":"succeeded"}}"#, .malformedEvent),
            (#"{"custom_id":"a","result":{"type":"succeeded","message":{"type":"error"}}}"#, .malformedEvent),
            (#"{"custom_id":"a","result":{"type":"canceled"}} x"#, .malformedJSON),
            (String(repeating: "[", count: 100), .malformedJSON),
            (String(repeating: "x", count: 101), .lineTooLong),
        ] as [(String, ClaudeError.Code)])
    func reportsMalformedLines(_ line: String, _ code: ClaudeError.Code) {
        let good = #"{"custom_id":"d","result":{"type":"canceled"}}"#
        let bytes = Array("\(good)\n\n\(line)\n\(good)".utf8)
        for seed in [nil, 1, 2, 3] as [UInt64?] {
            let pieces = seed.map { FuzzHarness.pieces(of: bytes, seed: $0) } ?? [ByteBuffer(bytes: bytes)]
            let lines = Self.read(pieces, limit: 100)
            #expect(lines.count == 3)
            guard lines.count == 3, case .malformed(let number, let error) = lines[1] else {
                Issue.record("the line was not reported")
                return
            }
            #expect(number == 3)
            #expect(error.code == code)
            #expect(lines[0] == lines[2])
        }
    }

    @Test("Usage that cannot be read is a problem of the record, not of the line")
    func keepsRecordsWithProblems() throws {
        let line =
            #"{"custom_id":"a","result":{"type":"succeeded","message":{"type":"message","usage":{"input_tokens":-1}}}}"#
        guard case .result(let result)? = Self.read([ByteBuffer(string: line)]).first,
            case .succeeded(let record) = result.outcome
        else {
            Issue.record("the line was not read")
            return
        }
        #expect(record.problem?.code == .malformedUsage)
    }
}
