import ClaudeFuzzing
import Foundation
import Testing

/// Every input that a fuzzer was seeded with, or has ever found, runs in each test run.
@Suite struct CorpusTests {
    static func corpus(_ name: String) throws -> [URL] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appendingPathComponent("FuzzTesting/Corpus/\(name)")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return files.sorted { $0.path < $1.path }
    }

    static func run(_ name: String, _ harness: ([UInt8]) -> String?) throws {
        let files = try corpus(name)
        #expect(!files.isEmpty)
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: file))
            #expect(harness(bytes) == nil, "\(file.lastPathComponent)")
            // Beginnings of an input are inputs too.
            for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 10)) {
                #expect(harness(Array(bytes[..<count])) == nil, "the first \(count) bytes of \(file.lastPathComponent)")
            }
        }
    }

    @Test("The inputs of FuzzServerSentEvents pass")
    func serverSentEvents() throws { try Self.run("FuzzServerSentEvents", FuzzHarness.serverSentEvents) }

    @Test("The inputs of FuzzMessageUsage pass")
    func messageUsage() throws { try Self.run("FuzzMessageUsage", FuzzHarness.messageUsage) }

    @Test("The inputs of FuzzTranscript pass")
    func transcript() throws { try Self.run("FuzzTranscript", FuzzHarness.transcript) }

    @Test("The inputs of FuzzJSON pass")
    func json() throws { try Self.run("FuzzJSON", FuzzHarness.json) }
}
