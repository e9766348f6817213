import Claude
import FoundationEssentials
import Metering
import MeteringConformance
import MeteringSQLite
import Testing

@testable import FlowmeterCommands

@Suite("flowmeter import claude-code")
struct ImportClaudeCodeTests {
    private struct Summary: Decodable {
        struct New: Decodable {
            var calls: Int64
            var chargeUsd: String
        }
        struct Problem: Decodable {
            var file: String
            var line: Int64
        }
        var new: New
        var duplicates: Int64
        var malformed: Int64
        var problems: [Problem]
    }

    /// The responses in the samples, counted by hand.
    private static let responses: Int64 = 10

    @Test func `every response of the samples is charged once, however often it is imported`() async throws {
        try await CommandHarness.with { harness in
            let projects = try DemoTranscripts.write(to: harness.directory)
            let first = await harness.run("import", "claude-code", projects, "--json")
            #expect(first.status == .success, "\(first.errors)")
            let summary = try first.json(Summary.self)
            #expect(summary.new.calls == Self.responses)
            #expect(summary.duplicates == 0)

            let again = try await harness.run("import", "claude-code", projects, "--json").json(Summary.self)
            #expect(again.new.calls == 0)
            #expect(again.new.chargeUsd == "0")

            // A copy elsewhere has no cursor: it is read from the start, and every response is known.
            let copy = harness.directory + "/copy"
            try FileManager.default.copyItem(atPath: projects, toPath: copy)
            let copied = try await harness.run("import", "claude-code", copy, "--json").json(Summary.self)
            #expect(copied.new.calls == 0)
            #expect(copied.duplicates == Self.responses)

            let usage = await harness.run("usage", "--by", "total", "--json")
            #expect(usage.output.contains("\"charge_usd\" : \"\(summary.new.chargeUsd)\""))
        }
    }

    @Test func `a dry run tells the same and stores nothing`() async throws {
        try await CommandHarness.with { harness in
            let projects = try DemoTranscripts.write(to: harness.directory)
            let dry = try await harness.run("import", "claude-code", projects, "--dry-run", "--json").json(Summary.self)
            #expect(dry.new.calls == Self.responses)
            #expect(await harness.run("usage").status == .failed)
            _ = await harness.run("import", "claude-code", projects)
            let known = try await harness.run("import", "claude-code", projects, "--dry-run", "--json")
                .json(Summary.self)
            #expect(known.new.calls == 0)
        }
    }

    @Test func `malformed lines are named, the others are kept, and the status says so`() async throws {
        try await CommandHarness.with { harness in
            let projects = try DemoTranscripts.write(to: harness.directory)
            let sample = String(decoding: DemoTranscripts.files[0].content, as: UTF8.self)
            try harness.write("{\"type\":\"assistant\",\n" + sample, to: "projects/-home-user-project/bad.jsonl")
            try FileManager.default.removeItem(
                atPath: projects + "/-home-user-project/" + DemoTranscripts.files[0].path)
            let result = await harness.run("import", "claude-code", projects, "--json")
            #expect(result.status == .attention)
            #expect(result.errors.contains("/bad.jsonl:1: "))
            let summary = try result.json(Summary.self)
            #expect(summary.new.calls == Self.responses)
            #expect(summary.malformed == 1)
            #expect(summary.problems.map(\.line) == [1])
        }
    }

    @Test func `an import that broke off is taken up, and nothing is charged twice`() async throws {
        try await CommandHarness.with { harness in
            let projects = try DemoTranscripts.write(to: harness.directory)
            let store = MemoryUsageStore()
            let flaky = GatedStore(store, isOpen: true, failing: .after(2))
            let context = CommandContext.current
            let work = TranscriptImport(
                directory: try TranscriptDirectory(searching: [projects]), customer: .default, catalog: .anthropic,
                batch: 2, isDryRun: false, progress: ProgressReporter(context: context, isQuiet: true))
            await #expect(throws: MeteringError.self) { try await work.run(store: flaky, context: context) }
            #expect(try await store.chainHeads().map(\.sequence) == [4])
            let summary = try await work.run(store: store, context: context)
            #expect(summary.sums.calls == Self.responses - 4)
            #expect(summary.duplicates == 4)
            #expect(try await store.chainHeads().map(\.sequence) == [Self.responses])
        }
    }

    @Test func `what grew since the last import is metered, and only that`() async throws {
        try await CommandHarness.with { harness in
            let lines = String(decoding: DemoTranscripts.files[1].content, as: UTF8.self)
                .split(separator: "\n").map(String.init)
            let path = try harness.write(lines.prefix(6).joined(separator: "\n") + "\n", to: "projects/p/s.jsonl")
            let first = try await harness.run("import", "claude-code", path, "--json").json(Summary.self)
            try harness.write(lines.joined(separator: "\n") + "\n", to: "projects/p/s.jsonl")
            let second = try await harness.run("import", "claude-code", path, "--json").json(Summary.self)
            #expect(first.new.calls + second.new.calls == 3)
            #expect(first.new.calls > 0 && second.new.calls > 0)
        }
    }

    @Test func `a place that does not exist is an error with a fix`() async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run("import", "claude-code", "nowhere")
            #expect(result.status == .failed)
            #expect(result.errors.contains("fix: "))
        }
    }

    @Test func `no transcripts in the usual place are nothing to import`() async throws {
        try await CommandHarness.with { harness in
            let none = await harness.run("import", "claude-code")
            #expect(none.status == .success)
            #expect(none.output.hasPrefix("0 new"))
            #expect(none.errors.contains("no transcripts"))
            _ = try DemoTranscripts.write(to: harness.directory + "/.claude")
            #expect(await harness.run("import", "claude-code").output.hasPrefix("10 new"))
        }
    }
}
