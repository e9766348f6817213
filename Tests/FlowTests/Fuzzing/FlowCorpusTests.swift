import FlowFuzzing
import Foundation
import Testing

/// Every input that a fuzzer was seeded with, or has ever found, runs in each test run.
@Suite("The fuzzers' inputs")
struct FlowCorpusTests {
    static func run(_ name: String, _ harness: ([UInt8]) -> String?) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let files = try FileManager.default.contentsOfDirectory(
            at: root.appending(path: "FuzzTesting/Corpus/\(name)"), includingPropertiesForKeys: nil)
        #expect(files.count > 5)
        for file in files.sorted(by: { $0.path < $1.path }) {
            let bytes = [UInt8](try Data(contentsOf: file))
            #expect(harness(bytes) == nil, "\(file.lastPathComponent)")
            var random = SeededGenerator(seed: 1)
            for _ in 0..<50 where !bytes.isEmpty {
                var changed = bytes
                changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                changed = Array(changed.prefix(Int.random(in: 0...bytes.count * 2, using: &random)))
                #expect(harness(changed) == nil, "a changed \(file.lastPathComponent): \(changed)")
            }
        }
    }

    @Test func `the inputs of FuzzCadenceJSON pass`() throws {
        try Self.run("FuzzCadenceJSON", FlowFuzzHarness.cadenceJSON)
    }

    @Test func `the inputs of FuzzRLP pass`() throws { try Self.run("FuzzRLP", FlowFuzzHarness.rlp) }
}
