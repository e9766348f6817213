import Claude
import ClaudeFuzzing
import NIOCore
import Testing

@Suite struct ResponseMeterTests {
    static let expected: [String: MessageRecord?] = {
        var text = MessageRecord(
            id: "msg_01MASi45ub7Qe4ZE36UT5G6c", model: "claude-opus-5-5", stopReason: "end_turn", hasContent: true,
            ending: .complete, generatedBytes: 6)
        text.usage = usage(input: 25, output: 15, split: .init())
        var tools = MessageRecord(
            id: "msg_01gEYkbUrMWeWQLGsCmrG6dL", model: "claude-opus-5-5", stopReason: "tool_use", hasContent: true,
            ending: .complete, generatedBytes: 67)
        tools.usage = usage(
            input: 472, output: 89, split: .init(ephemeral5mInputTokens: 100, ephemeral1hInputTokens: 200))
        tools.usage.cacheCreationInputTokens = 300
        tools.usage.cacheReadInputTokens = 7123
        tools.usage.thinkingTokens = 12
        var broken = MessageRecord(
            id: "msg_015qcdsyuMNmPfYetW5v6JXm", model: "claude-opus-5-5", hasContent: true,
            ending: .error(type: "overloaded_error"), generatedBytes: 24)
        broken.usage = usage(input: 9, output: 1, split: .init())
        var deltas = MessageRecord(
            id: "msg_01VB8Nf471dAb7Qg25xEgRAh", model: "claude-opus-5-5", stopReason: "end_turn", hasContent: true,
            ending: .complete, generatedBytes: 1)
        deltas.usage = usage(input: 9, output: 40, split: .init())
        var body = MessageRecord(
            id: "msg_01wHaQBPrFbbrZNhFgtsqwDt", model: "claude-haiku-5-5", stopReason: "end_turn", hasContent: true,
            ending: .complete, generatedBytes: 2)
        body.usage = usage(input: 21, output: 3, split: .init())
        return [
            "01_text": text, "02_thinking_tool_use": tools, "03_error_event_midstream": broken,
            "05_two_message_deltas_output_only": deltas, "06_http_529": nil, "07_nonstream": body,
        ]
    }()

    static func usage(input: Int64, output: Int64, split: MessageUsage.CacheCreation) -> MessageUsage {
        var usage = MessageUsage()
        usage.inputTokens = input
        usage.outputTokens = output
        usage.cacheCreation = split
        usage.serviceTier = "standard"
        usage.inferenceGeo = "global"
        return usage
    }

    @Test("Every captured response gives the record that it states", arguments: expected.keys.sorted())
    func readsSamples(_ name: String) throws {
        let sample = try Sample.load(name)
        let record = metered([ByteBuffer(bytes: sample.body)], contentType: sample.contentType)
        #expect(record == Self.expected[name])
    }

    @Test("Every cut of every captured response gives the same record", arguments: expected.keys.sorted())
    func ignoresCuts(_ name: String) throws {
        let sample = try Sample.load(name)
        for cut in 0...sample.body.count {
            let pieces = [sample.body[..<cut], sample.body[cut...]].map { ByteBuffer(bytes: $0) }
            #expect(metered(pieces, contentType: sample.contentType) == Self.expected[name], "cut at \(cut)")
        }
        let bytes = sample.body.map { ByteBuffer(bytes: [$0]) }
        #expect(metered(bytes, contentType: sample.contentType) == Self.expected[name])
    }

    @Test("Line ends, comments and compression make no difference", arguments: expected.keys.sorted())
    func ignoresForm(_ name: String) throws {
        let sample = try Sample.load(name)
        let text = String(decoding: sample.body, as: UTF8.self)
        var forms: [(String?, [UInt8])] = [
            ("gzip", try compressed(sample.body, .gzip)), ("deflate", try compressed(sample.body, .zlib)),
            ("deflate", try compressed(sample.body, .rawDeflate)),
            (
                "x-gzip",
                try compressed(Array(sample.body[..<100]), .gzip) + compressed(Array(sample.body[100...]), .gzip)
            ),
        ]
        if sample.contentType.contains("event-stream") {
            forms.append((nil, Array(text.replacing("\n", with: "\r\n").utf8)))
            forms.append((nil, Array(text.replacing("\n", with: "\r").utf8)))
            forms.append((nil, Array(text.replacing("\n\n", with: "\n: keep-alive\n\n").utf8)))
        }
        for (index, (encoding, bytes)) in forms.enumerated() {
            for seed in 0..<50 as Range<UInt64> {
                let record = metered(
                    FuzzHarness.pieces(of: bytes, seed: seed), contentType: sample.contentType,
                    contentEncoding: encoding)
                #expect(record == Self.expected[name], "form \(index), seed \(seed)")
            }
        }
    }

    // MARK: Holding the last event

    @Test(
        "A stream is released up to its last event, wherever it is cut",
        arguments: ["01_text", "02_thinking_tool_use", "03_error_event_midstream"])
    func holdsLastEvent(_ name: String) throws {
        let body = try Sample.load(name).body
        let last = try #require(
            body.firstRange(of: Array("event: message_stop\n".utf8))
                ?? body.firstRange(of: Array("event: error\n".utf8)))
        for cut in 0...body.count {
            var meter = ResponseMeter(contentType: "text/event-stream", contentEncoding: nil)
            let first = meter.consume(ByteBuffer(bytes: body[..<cut]))
            let second = meter.consume(ByteBuffer(bytes: body[cut...]))
            // Until its first line is whole, the event may begin to leave; it never leaves whole.
            let isKnown = cut >= last.upperBound
            #expect(first.count == (isKnown ? last.lowerBound : cut), "cut at \(cut)")
            #expect(first.isHolding == isKnown)
            #expect(second.count == (isKnown ? 0 : max(0, last.lowerBound - cut)))
            if cut < body.count {
                #expect(second.isHolding && second.isFinal, "cut at \(cut)")
                #expect(!first.isFinal)
            }
        }
    }

    @Test("An event without a name is held by the type of its data")
    func holdsUnnamedEvent() {
        var meter = ResponseMeter(contentType: "text/event-stream", contentEncoding: nil)
        let release = meter.consume(
            ByteBuffer(string: "data: {\"type\":\"ping\"}\n\ndata: {\"type\":\"message_stop\"}\n"))
        #expect(release == .init(count: 23, isHolding: true, isFinal: false))
        let rest = meter.consume(ByteBuffer(string: "\n"))
        #expect(rest == .init(count: 0, isHolding: true, isFinal: true))
    }

    @Test("A compressed stream is held from the chunk in which its last event begins")
    func holdsCompressedChunk() throws {
        let body = try Sample.load("01_text").body
        let last = try #require(body.firstRange(of: Array("event: message_stop\n".utf8))).lowerBound
        let chunks = try compressedChunks([Array(body[..<100]), Array(body[100..<last]), Array(body[last...])])
        var meter = ResponseMeter(contentType: "text/event-stream", contentEncoding: "gzip")
        let releases = chunks.map { meter.consume(ByteBuffer(bytes: $0)) }
        #expect(releases.map(\.count) == [chunks[0].count, chunks[1].count, 0])
        #expect(releases.map(\.isHolding) == [false, false, true])
        #expect(releases.map(\.isFinal) == [false, false, true])
    }

    @Test("A record that is final has no problem, though the end of the compression has not come")
    func finishesBeforeCompressionEnds() throws {
        let stream = try Sample.load("01_text")
        let body = try Sample.load("07_nonstream")
        for sample in [stream, body] {
            let chunk = try compressedChunks([sample.body, []])[0]
            let record = metered(
                [ByteBuffer(bytes: chunk)], contentType: sample.contentType, contentEncoding: "gzip")
            #expect(record == Self.expected[sample.name])
        }
    }

    @Test("A last event that never ends is not waited for")
    func limitsHold() {
        var meter = ResponseMeter(contentType: "text/event-stream", contentEncoding: nil)
        let begin = meter.consume(ByteBuffer(string: "event: message_stop\n"))
        #expect(begin.isHolding && !begin.isFinal)
        var held = 0
        while !meter.consume(ByteBuffer(string: ": and on\n")).isFinal, held < 1_000_000 { held += 9 }
        #expect(held > 60_000 && held < 70_000)
        let record = meter.finish(truncated: true)
        #expect(record == nil)
    }

    // MARK: What is not a message

    @Test(
        "What is not a message has no record",
        arguments: [
            ("text/event-stream", ""), ("text/event-stream", ": hi\n\n"),
            ("text/event-stream", "event: ping\ndata: {}\n\n"),
            ("text/event-stream", event("error", #"{"type":"error","error":{"type":"api_error"}}"#)),
            ("application/json", ""), ("application/json", "[]"), ("application/json", #"{"input_tokens": 3}"#),
            ("application/json", #"{"type":"error","error":{"type":"api_error"}}"#),
            ("text/html", #"{"type":"message"}"#), ("application/jsonl", #"{"type":"message"}"#),
        ])
    func ignoresOthers(_ contentType: String, _ text: String) {
        #expect(metered(text, contentType: contentType) == nil)
        #expect(metered(text, contentType: contentType, truncated: true) == nil)
    }

    @Test(
        "The content type is read without its parameters",
        arguments: [
            ("text/event-stream; charset=utf-8", ResponseMeter.Format.stream), ("Text/Event-Stream", .stream),
            ("application/json;charset=utf-8", .body), (" application/json ", .body), ("text/plain", .other),
            ("", .other),
        ])
    func picksFormat(_ contentType: String, _ format: ResponseMeter.Format) {
        let meter = ResponseMeter(contentType: contentType, contentEncoding: nil)
        let picked = meter.format
        #expect(picked == format)
    }

    @Test("An encoding that cannot be read is a problem, and the bytes pass")
    func passesUnknownEncoding() {
        var meter = ResponseMeter(contentType: "text/event-stream", contentEncoding: "br")
        let problem = meter.problem
        #expect(problem?.code == .compression)
        let release = meter.consume(ByteBuffer(string: "anything"))
        #expect(release == .init(count: 8, isHolding: false, isFinal: false))
        let record = meter.finish(truncated: false)
        #expect(record == nil)
    }

    @Test("Damaged compression keeps what was read before it, with the problem")
    func reportsDamage() throws {
        let body = try Sample.load("01_text").body
        let chunks = try compressedChunks([body])
        var meter = ResponseMeter(contentType: "text/event-stream", contentEncoding: "gzip")
        _ = meter.consume(ByteBuffer(bytes: chunks[0].prefix(300)))
        let release = meter.consume(ByteBuffer(bytes: Array(repeating: 0xFF, count: 50)))
        #expect(release.count == 50 && !release.isHolding)
        let finished = meter.finish(truncated: false)
        let record = try #require(finished)
        #expect(record.id == "msg_01MASi45ub7Qe4ZE36UT5G6c")
        #expect(record.ending == .truncated)
        #expect(record.problem?.code == .compression)
    }

    @Test("A compressed stream that breaks off is truncated, and that is its only problem")
    func readsTruncatedCompression() throws {
        let body = try Sample.load("01_text").body
        let bytes = try compressedChunks([Array(body[..<700]), Array(body[700...])])[0]
        let lost = metered([ByteBuffer(bytes: bytes)], contentEncoding: "gzip", truncated: true)
        #expect(lost?.ending == .truncated)
        #expect(lost?.problem == nil)
        let ended = metered([ByteBuffer(bytes: bytes)], contentEncoding: "gzip", truncated: false)
        #expect(ended?.problem?.code == .compression)
    }
}
