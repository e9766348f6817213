import ClaudeFuzzing
import Foundation
import GatewayFuzzing
import Testing

/// Every input that a fuzzer was seeded with, or has ever found, runs in each test run.
@Suite("The corpora of the HTTP fuzzers")
struct HTTPCorpusTests {
    private static func inputs(_ name: String) throws -> [URL] {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let folder = root.appendingPathComponent("FuzzTesting/Corpus/\(name)")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    }

    @Test(
        "pass, whole and cut short",
        arguments: [
            ("FuzzHTTPRequests", FuzzHarness.httpRequests), ("FuzzHTTPResponses", FuzzHarness.httpResponse),
        ] as [(String, @Sendable ([UInt8]) -> String?)])
    func pass(_ name: String, _ harness: @Sendable ([UInt8]) -> String?) throws {
        let files = try Self.inputs(name)
        #expect(!files.isEmpty)
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: file))
            for count in Array(stride(from: 0, to: bytes.count, by: max(1, bytes.count / 10))) + [bytes.count] {
                #expect(harness(Array(bytes[..<count])) == nil, "\(count) bytes of \(file.lastPathComponent)")
            }
        }
    }
}
