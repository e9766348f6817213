import FlowMockNode
import Foundation
import Testing

@testable import FlowmeterCommands

/// docs/flow.md shows commands and their output; both are run here against the mock.
@Suite("docs/flow.md", .timeLimit(.minutes(10)))
struct FlowDocumentationTests {
    private struct Step {
        var command: [String]
        var output: String
    }

    /// The commands of the `console` blocks (`$ flowmeter …`) with the lines below them.
    private static func steps() throws -> [Step] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/flow.md"), encoding: .utf8)
        var steps: [Step] = []
        for block in text.components(separatedBy: "```console\n").dropFirst() {
            for line in (block.components(separatedBy: "\n```").first ?? "").components(separatedBy: "\n") {
                if line.hasPrefix("$ flowmeter ") {
                    steps.append(Step(command: words(String(line.dropFirst(12))), output: ""))
                } else if !steps.isEmpty {
                    steps[steps.count - 1].output += line + "\n"
                }
            }
        }
        return steps
    }

    /// Splits at blanks; single quotes keep them.
    private static func words(_ line: String) -> [String] {
        line.components(separatedBy: "'").enumerated().flatMap { index, part in
            index.isMultiple(of: 2) ? part.split(separator: " ").map(String.init) : [part]
        }
    }

    @Test func `every command does what the page says`() async throws {
        let steps = try Self.steps()
        #expect(steps.count >= 8)
        try await FlowCommandTests.with { harness, node in
            for step in steps {
                let run = await harness.run(step.command)
                #expect(run.status == .success, "\(step.command): \(run.errors)")
                // Ids, ports and keys differ from run to run; `…` stands for them.
                let (expected, found) = (Self.lines(step.output), Self.lines(run.output))
                #expect(expected.count == found.count, "\(step.command): \(run.output)")
                for (line, other) in zip(expected, found) {
                    #expect(Self.matches(other, line), "\(step.command): '\(other)' is not '\(line)'")
                }
            }
            #expect(!node.transactions.isEmpty)
        }
    }

    private static func lines(_ text: String) -> [String] {
        text.components(separatedBy: "\n").filter { !$0.isEmpty }
    }

    private static func matches(_ line: String, _ pattern: String) -> Bool {
        let parts = pattern.components(separatedBy: "…")
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return line == pattern }
        guard line.hasPrefix(first), line.hasSuffix(last) else { return false }
        var rest = line.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() {
            guard let range = rest.range(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}
