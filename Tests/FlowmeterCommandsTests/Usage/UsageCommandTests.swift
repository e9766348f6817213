import ArgumentParser
import FoundationEssentials
import Metering
import MeteringSQLite
import Synchronization
import Testing

@testable import FlowmeterCommands

@Suite("flowmeter usage")
struct UsageCommandTests {
    private struct Document: Decodable {
        struct Row: Decodable {
            var group: String?
            var calls: Int64
        }
        var rows: [Row]
        var total: Row
        var others: Row?
    }

    @Test func `rows are grouped, filtered and limited, and the total stays the total`() async throws {
        try await CommandHarness.with { harness in
            _ = await harness.run("import", "claude-code", try DemoTranscripts.write(to: harness.directory))
            func usage(_ arguments: String...) async throws -> Document {
                try await harness.run(["usage", "--json"] + arguments).json()
            }
            #expect(try await usage().rows.map(\.group) == ["2026-11-23"])
            #expect(try await usage("--by", "month").rows.map(\.group) == ["2026-11"])
            #expect(try await usage("--by", "customer").rows.map(\.group) == ["default"])
            #expect(try await usage("--by", "session").rows.count == 5)
            let limited = try await usage("--by", "session", "--limit", "2")
            #expect(limited.rows.count == 2)
            #expect(limited.total.calls == 10)
            #expect(limited.rows.reduce(0) { $0 + $1.calls } + (limited.others?.calls ?? 0) == 10)
            let one = try await usage("--by", "total", "--session", "88a9dde7-bb5e-422c-b650-c0f86b101b23")
            #expect(one.total.calls == 3)
            #expect(try await usage("--since", "7d").total.calls == 10)
            #expect(try await usage("--until", "yesterday").total.calls == 0)
            #expect(try await usage("--customer", "nobody").total.calls == 0)
        }
    }

    @Test func `a terminal gets a table that fits, a pipe the whole one`() async throws {
        try await CommandHarness.with { harness in
            _ = await harness.run("import", "claude-code", try DemoTranscripts.write(to: harness.directory))
            let piped = await harness.run("usage", "--by", "session")
            #expect(piped.output.contains("88a9dde7-bb5e-422c-b650-c0f86b101b23"))
            harness.columns = 80
            let shown = await harness.run("usage", "--by", "session")
            #expect(shown.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(shown.output)")
            #expect(shown.output.contains("0.0616350"))
        }
    }

    @Test func `a terminal gets fifty sessions and the sum of the others, everything else gets all`() async throws {
        try await CommandHarness.with { harness in
            let store = try SQLiteUsageStore(path: harness.directory + "/.local/share/flowmeter/flowmeter.sqlite")
            let sku = SKU(rawValue: "claude-opus-5-5/input")
            _ = try await store.append(
                (0..<60).map { number in
                    UsageEvent(
                        id: EventID(rawValue: "msg_\(number)"), customer: .default,
                        session: SessionID(rawValue: "session-\(number)"), key: .none, model: "claude-opus-5-5",
                        time: harness.now, lines: [SKULine(sku: sku, quantity: 10)],
                        charge: .priced(PicoUSD(Int128(number))), priceBook: .zero, quality: .exact, source: .import)
                })
            try await store.close()
            let piped = await harness.run("usage", "--by", "session")
            #expect(piped.output.split(separator: "\n").count { $0.contains("session-") } == 60)
            harness.columns = 120
            let shown = await harness.run("usage", "--by", "session")
            #expect(shown.output.split(separator: "\n").count { $0.contains("session-") } == 50)
            #expect(shown.output.contains("(others)"))
            let asked = await harness.run("usage", "--by", "session", "--limit", "55")
            #expect(asked.output.split(separator: "\n").count { $0.contains("session-") } == 55)
        }
    }

    @Test func `without a database the fix is named`() async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run("usage")
            #expect(result.status == .failed)
            #expect(result.errors.contains("fix: name another with --database"))
        }
    }

    @Test func `watching draws again after every interval, and ends when it is told to`() async throws {
        let store = MemoryUsageStore()
        let event = UsageEvent(
            id: EventID(rawValue: "msg_1"), customer: .default, session: SessionID(rawValue: "s"), key: .none,
            model: "m", time: Timestamp(milliseconds: 0), lines: [], charge: .priced(.zero), priceBook: .zero,
            quality: .exact, source: .import)
        let buffer = TextBuffer()
        let clock = CountingClock(sleeps: 3)
        var context = CommandContext.current
        context.output = buffer.output(isTerminal: true, columns: 80)
        context.environment = ["NO_COLOR": "1"]
        context.clock = clock
        _ = try await store.append([event])
        let watch = UsageWatch(
            interval: .seconds(2), format: try FormatOptions.parse([]), query: { UsageQuery(by: .total) })
        try await watch.run(store: store, context: context)
        let drawings = buffer.text.split(separator: "\u{1B}[H\u{1B}[J")
        #expect(drawings.count == 4)
        #expect(drawings.allSatisfy { $0.contains("every 2 s") && $0.contains("TOTAL") })
        #expect(clock.slept == [.seconds(2), .seconds(2), .seconds(2), .seconds(2)])
    }
}

/// A clock that returns at once so many times, and then ends what waits for it.
private final class CountingClock: Clock {
    struct Instant: InstantProtocol {
        var offset = Duration.zero
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.offset < rhs.offset }
    }

    private let state: Mutex<(left: Int, slept: [Duration])>

    init(sleeps: Int) { state = Mutex((sleeps, [])) }

    var now: Instant { Instant() }
    var minimumResolution: Duration { .zero }
    var slept: [Duration] { state.withLock { $0.slept } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let isOver = state.withLock { state in
            state.left -= 1
            state.slept.append(deadline.offset)
            return state.left < 0
        }
        if isOver { throw CancellationError() }
    }
}
