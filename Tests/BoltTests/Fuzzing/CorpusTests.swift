import BoltFuzzing
import Foundation
import Testing

/// Every input that a fuzzer was seeded with, or has ever found, runs in each test run.
@Suite struct CorpusTests {
    static func inputs(_ name: String) throws -> [(name: String, bytes: [UInt8])] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appendingPathComponent("FuzzTesting/Corpus/\(name)")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
            .map { ($0.lastPathComponent, [UInt8](try Data(contentsOf: $0))) }
    }

    private func run(_ name: String, _ harness: ([UInt8]) -> String?) throws {
        let inputs = try Self.inputs(name)
        #expect(!inputs.isEmpty)
        for (name, bytes) in inputs {
            var generator = SeededGenerator(seed: UInt64(bytes.count))
            #expect(harness(bytes) == nil, "\(name)")
            for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 10)) {
                #expect(harness(Array(bytes[..<count])) == nil, "the first \(count) bytes of \(name)")
            }
            for round in 0..<50 {
                var damaged = bytes
                for _ in 0...(round % 4) {
                    damaged[Int.random(in: damaged.indices, using: &generator)] = .random(
                        in: 0...255, using: &generator)
                }
                #expect(harness(damaged) == nil, "damage \(round) of \(name)")
            }
        }
    }

    @Test("The inputs of FuzzPackStream pass, cut and damaged too")
    func packStream() throws { try run("FuzzPackStream", BoltFuzzHarness.packStream) }

    @Test("The inputs of FuzzBoltStream pass, cut and damaged too")
    func serverStream() throws { try run("FuzzBoltStream", BoltFuzzHarness.serverStream) }
}
