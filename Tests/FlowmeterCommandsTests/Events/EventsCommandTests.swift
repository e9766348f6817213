import Claude
import FoundationEssentials
import Metering
import Testing

@testable import FlowmeterCommands

@Suite("flowmeter events")
struct EventsCommandTests {
    private struct Event: Decodable {
        var id: String
        var sequence: Int64
        var chargeUsd: String?
        var hash: String
        var previousHash: String
    }

    private func events(_ result: CommandResult) throws -> [Event] {
        try result.output.split(separator: "\n").map {
            try JSONDecoder.snakeCase.decode(Event.self, from: Data($0.utf8))
        }
    }

    @Test func `events are JSON lines that form a chain, and pages fit together`() async throws {
        try await CommandHarness.with { harness in
            _ = await harness.run("import", "claude-code", try DemoTranscripts.write(to: harness.directory))
            let all = try events(await harness.run("events", "list", "--json"))
            #expect(all.map(\.sequence) == Array(1...10))
            for (event, next) in zip(all, all.dropFirst()) { #expect(next.previousHash == event.hash) }
            let first = try events(await harness.run("events", "list", "--json", "--limit", "4"))
            let rest = try events(await harness.run("events", "list", "--json", "--after", "4"))
            #expect((first + rest).map(\.id) == all.map(\.id))
            let last = try events(await harness.run("events", "list", "--json", "--last", "2"))
            #expect(last.map(\.sequence) == [9, 10])
            #expect(try events(await harness.run("events", "list", "--json", "--limit", "0")).count == all.count)
            #expect(await harness.run("events", "list", "--limit", "4").errors.contains("there are more"))
        }
    }

    @Test func `filters choose events`() async throws {
        try await CommandHarness.with { harness in
            _ = await harness.run("import", "claude-code", try DemoTranscripts.write(to: harness.directory))
            func count(_ arguments: String...) async throws -> Int {
                try events(await harness.run(["events", "list", "--json"] + arguments)).count
            }
            #expect(try await count("--session", "88a9dde7-bb5e-422c-b650-c0f86b101b23") == 3)
            #expect(try await count("--model", "claude-opus-5-5") == 10)
            #expect(try await count("--model", "other") == 0)
            #expect(try await count("--customer", "default", "--since", "2026-11-23") == 10)
            #expect(try await count("--until", "2026-11-22") == 0)
            #expect(try await count("--unpriced") == 0)
            #expect(try await count("--quality", "exact") == 10)
        }
    }

    @Test func `a whole chain is verified, and a broken one is found`() async throws {
        try await CommandHarness.with { harness in
            _ = await harness.run("import", "claude-code", try DemoTranscripts.write(to: harness.directory))
            let result = await harness.run("events", "verify")
            #expect(result.status == .success)
            #expect(result.output == "ok      default: 10 events\n")
        }
        var stored: [StoredEvent] = []
        let catalog = PriceCatalog.anthropic
        let store = MemoryUsageStore()
        for index in 1...3 {
            let event = UsageEvent(
                rating: .init(id: "msg_\(index)", model: "claude-opus-5-5", hasContent: true, ending: .complete),
                id: EventID(rawValue: "msg_\(index)"), customer: .default, session: SessionID(rawValue: "s"),
                key: .none, time: Timestamp(milliseconds: Int64(index)), catalog: catalog, quality: .exact,
                source: .import)
            _ = try await store.append([event])
        }
        stored = try await store.events(of: .default, after: 0, limit: 10)
        let head = try #require(try await store.chainHeads().first)
        #expect(ChainWalk.fault(in: stored, head: head, catalog: catalog) == nil)
        var changed = stored
        changed[1].event.charge = .priced(PicoUSD(1))
        #expect(ChainWalk.fault(in: changed, head: head, catalog: catalog)?.contains("event 2 was changed") == true)
        #expect(
            ChainWalk.fault(in: [stored[0], stored[2]], head: head, catalog: catalog)?.contains("missing") == true)
        #expect(ChainWalk.fault(in: Array(stored.dropLast()), head: head, catalog: catalog)?.contains("head") == true)
        var forged = changed
        forged[1].hash = CanonicalReceipt.hash(
            changed[1].event, sequence: 2, previousHash: changed[1].previousHash)
        #expect(ChainWalk.fault(in: forged, head: head, catalog: catalog)?.contains("charge") == true)
    }
}
