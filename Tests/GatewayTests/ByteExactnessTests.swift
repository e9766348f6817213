import Claude
import ClaudeSimulator
import Gateway
import Metering
import MeteringConformance
import Testing

@Suite("Byte-exactness")
struct ByteExactnessTests {
    /// A stream of random events: text of all kinds, unknown events, comments, CRLF lines.
    static func randomStream(_ generator: inout SeededGenerator) -> [UInt8] {
        let end = Bool.random(using: &generator) ? "\n" : "\r\n"
        var stream = Wire.messageStart(id: "msg_\(UInt64.random(in: 0...UInt64.max, using: &generator))")
        for _ in 0..<Int.random(in: 0...40, using: &generator) {
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: stream += ": comment message_stop\n\n"
            case 1: stream += Wire.event("ping", #"{"type": "ping"}"#)
            case 2: stream += Wire.event("new_event", #"{"type":"new_event","é":"\u00e9"}"#)
            default:
                let text = String(
                    (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                        "aé漢😀 {}[]:,".randomElement(using: &generator) ?? "x"
                    })
                stream += Wire.event(
                    "content_block_delta",
                    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\#(text)"}}"#)
            }
        }
        stream += Wire.messageDelta + Wire.messageStop
        return Array(stream.replacing("\n", with: end).utf8)
    }

    /// The bytes as one response, framed one way or the other, cut at random.
    static func steps(
        _ body: [UInt8], type: String, encoding: String?, _ generator: inout SeededGenerator
    ) -> [ScriptedUpstream.Step] {
        var head = "HTTP/1.1 200 OK\r\ncontent-type: \(type)\r\n"
        if let encoding { head += "content-encoding: \(encoding)\r\n" }
        var wire: [UInt8]
        if Bool.random(using: &generator) {
            wire = Array("\(head)content-length: \(body.count)\r\n\r\n".utf8) + body
        } else {
            wire = Array("\(head)transfer-encoding: chunked\r\n\r\n".utf8)
            for chunk in generator.cuts(of: body, maximum: 700) {
                wire += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + [13, 10]
            }
            wire += Array("0\r\n\r\n".utf8)
        }
        return generator.cuts(of: wire, maximum: Int.random(in: 1...2000, using: &generator)).map { .write($0) }
    }

    @Test("streams arrive byte for byte and are metered once, however they are framed, compressed and cut")
    func streams() async throws {
        let bodies = Watched<[[UInt8]]>([])
        try await GatewayHarness.run(upstream: { request in
            let seed = UInt64(request.header("x-seed").first ?? "") ?? 0
            var generator = SeededGenerator(seed: seed)
            var body = Self.randomStream(&generator)
            let isCompressed = seed % 3 == 0
            if isCompressed { body = gzipStored(body) }
            bodies.update { [body] in $0.append(body) }
            return Self.steps(body, type: "text/event-stream", encoding: isCompressed ? "gzip" : nil, &generator)
        }) { gateway in
            let client = try await gateway.client()
            for seed in 0..<60 {
                try await client.send(Wire.request(headers: ["x-seed: \(seed)", "accept-encoding: gzip"]))
                let responses = await client.responses(seed + 1)
                #expect(responses.count == seed + 1, "seed \(seed)")
                #expect(responses.last?.body == bodies.value.last, "seed \(seed)")
            }
            let events = try await gateway.events()
            #expect(events.count == 60)
            for event in events {
                #expect(event.quality == .exact)
                #expect(event.charge == .priced(PicoUSD(12 * 4_000_000 + 89 * 20_000_000)))
            }
        }
    }

    @Test("JSON bodies arrive byte for byte and are metered once, however they are framed, compressed and cut")
    func bodies() async throws {
        let bodies = Watched<[[UInt8]]>([])
        try await GatewayHarness.run(upstream: { request in
            let seed = UInt64(request.header("x-seed").first ?? "") ?? 0
            var generator = SeededGenerator(seed: seed)
            let padding = String(repeating: " ", count: Int.random(in: 0...5000, using: &generator))
            var body = Array((padding + Wire.message.replacing("msg_01", with: "msg_\(seed)") + "\n").utf8)
            let isCompressed = seed % 3 == 0
            if isCompressed { body = gzipStored(body) }
            bodies.update { [body] in $0.append(body) }
            return Self.steps(body, type: "application/json", encoding: isCompressed ? "gzip" : nil, &generator)
        }) { gateway in
            let client = try await gateway.client()
            for seed in 0..<60 {
                try await client.send(Wire.request(headers: ["x-seed: \(seed)", "accept-encoding: gzip"]))
                let responses = await client.responses(seed + 1)
                #expect(responses.last?.body == bodies.value.last, "seed \(seed)")
            }
            #expect(try await gateway.events().map(\.id.rawValue) == (0..<60).map { "msg_\($0)" })
        }
    }

    @Test("requests arrive at the upstream byte for byte, however they are framed and cut")
    func requests() async throws {
        try await GatewayHarness.run(upstream: { _ in [.text(Wire.json(Wire.message))] }) { gateway in
            let client = try await gateway.client()
            for seed in 0..<40 {
                var generator = SeededGenerator(seed: UInt64(seed))
                let body = (0..<Int.random(in: 0...100_000, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                var wire = Array("POST /v1/messages HTTP/1.1\r\nhost: a\r\n".utf8)
                if seed % 2 == 0 {
                    wire += Array("content-length: \(body.count)\r\n\r\n".utf8) + body
                } else {
                    wire += Array("transfer-encoding: chunked\r\n\r\n".utf8)
                    for chunk in generator.cuts(of: body, maximum: 9000) {
                        wire += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + [13, 10]
                    }
                    wire += Array("0\r\n\r\n".utf8)
                }
                for piece in generator.cuts(of: wire, maximum: 20_000) { try await client.send(piece) }
                #expect(await client.responses(seed + 1).count == seed + 1, "seed \(seed)")
                #expect(gateway.upstream.requests.value.last?.body == body, "seed \(seed)")
            }
        }
    }
}

/// `bytes` as a gzip file whose blocks are stored, not compressed (RFC 1951 §3.2.4): enough to be decoded.
func gzipStored(_ bytes: [UInt8]) -> [UInt8] {
    var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    var rest = bytes[...]
    repeat {
        let block = rest.prefix(65_535)
        rest = rest.dropFirst(block.count)
        let length = UInt16(block.count)
        file.append(rest.isEmpty ? 1 : 0)
        file += [UInt8(length & 255), UInt8(length >> 8), UInt8(~length & 255), UInt8(~length >> 8)]
        file += block
    } while !rest.isEmpty
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    for value in [~crc, UInt32(truncatingIfNeeded: bytes.count)] {
        for shift in stride(from: 0, to: 32, by: 8) { file.append(UInt8(value >> UInt32(shift) & 255)) }
    }
    return file
}
