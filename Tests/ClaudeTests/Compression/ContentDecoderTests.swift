import Claude
import ClaudeFuzzing
import NIOCore
import Testing

@Suite struct ContentDecoderTests {
    static func decode(_ pieces: [ByteBuffer], _ encoding: ContentEncoding, limit: Int64 = 1 << 20) throws -> [UInt8] {
        var decoder = try ContentDecoder(encoding, outputLimit: limit)
        var output: [UInt8] = []
        for piece in pieces { try decoder.decode(piece) { output.append(contentsOf: $0) } }
        try decoder.finish()
        return output
    }

    static let text: [UInt8] = {
        var generator = SplitMix64(seed: 7)
        return (0..<20_000).map { _ in UInt8.random(in: 0x20...0x7E, using: &generator) }
    }()

    @Test("What was compressed comes back, wherever it is cut")
    func decodes() throws {
        let bodies: [(ContentEncoding, [UInt8])] = [
            (.identity, Self.text), (.gzip, try compressed(Self.text, .gzip)),
            (.deflate, try compressed(Self.text, .zlib)),
            (.deflate, try compressed(Self.text, .rawDeflate)),
            (.gzip, try compressed(Array(Self.text[..<5]), .gzip) + compressed(Array(Self.text[5...]), .gzip)),
            (.gzip, try compressed(Self.text, .gzip) + [0, 0, 0]),
        ]
        for (index, (encoding, body)) in bodies.enumerated() {
            for seed in 0..<20 as Range<UInt64> {
                let output = try Self.decode(FuzzHarness.pieces(of: body, seed: seed), encoding)
                #expect(output == Self.text, "body \(index), seed \(seed)")
            }
        }
    }

    @Test("An empty body is empty in every encoding", arguments: ContentEncoding.allCases)
    func decodesNothing(_ encoding: ContentEncoding) throws {
        #expect(try Self.decode([], encoding) == [])
        #expect(try Self.decode([ByteBuffer()], encoding) == [])
    }

    @Test("Output arrives as soon as the sender flushed it")
    func decodesAtOnce() throws {
        let chunks = try compressedChunks([Array("one".utf8), Array("two".utf8)])
        var decoder = try ContentDecoder(.gzip)
        var output = ""
        try decoder.decode(ByteBuffer(bytes: chunks[0])) { output += String(decoding: $0, as: UTF8.self) }
        #expect(output == "one")
    }

    @Test("A body that expands over the limit is stopped at the limit, wherever it is cut")
    func limitsOutput() throws {
        let bomb = try compressed([UInt8](repeating: 0, count: 10_000_000), .gzip)
        for seed in 0..<20 as Range<UInt64> {
            var decoder = try ContentDecoder(.gzip, outputLimit: 100_001)
            var count = 0
            let error = #expect(throws: ClaudeError.self) {
                for piece in FuzzHarness.pieces(of: bomb, seed: seed) {
                    try decoder.decode(piece) { count += $0.count }
                }
            }
            #expect(error?.code == .compression)
            #expect(count == 100_001, "seed \(seed)")
            #expect(throws: ClaudeError.self) { try decoder.decode(ByteBuffer(string: "x")) { _ in } }
            #expect(throws: ClaudeError.self) { try decoder.finish() }
        }
    }

    @Test("Damage and early ends are errors", arguments: [ContentEncoding.gzip, .deflate])
    func reportsDamage(_ encoding: ContentEncoding) throws {
        let body = try compressed(Self.text, encoding == .gzip ? .gzip : .zlib)
        for cut in [1, 2, 5, 100, body.count - 1] {
            #expect(throws: ClaudeError.self) { try Self.decode([ByteBuffer(bytes: body[..<cut])], encoding) }
        }
        var damaged = body
        damaged[damaged.count - 6] ^= 0xFF
        #expect(throws: ClaudeError.self) { try Self.decode([ByteBuffer(bytes: damaged)], encoding) }
        #expect(throws: ClaudeError.self) {
            try Self.decode([ByteBuffer(string: "\u{7}\u{7}not compressed")], encoding)
        }
    }

    @Test(
        "Headers name an encoding, or one that cannot be read",
        arguments: [
            (nil, .identity), ("", .identity), ("identity", .identity), ("gzip", .gzip), (" GZIP ", .gzip),
            ("x-gzip", .gzip), ("deflate", .deflate), ("identity, gzip", .gzip), ("br", nil), ("zstd", nil),
            ("gzip, gzip", nil), ("\u{1B}[31m", nil),
        ] as [(String?, ContentEncoding?)])
    func readsHeader(_ header: String?, _ encoding: ContentEncoding?) throws {
        if let encoding {
            #expect(try ContentEncoding(header: header) == encoding)
        } else {
            let error = #expect(throws: ClaudeError.self) { try ContentEncoding(header: header) }
            #expect(error?.code == .compression)
            #expect(error?.message.contains("\u{1B}") == false)
        }
    }
}
