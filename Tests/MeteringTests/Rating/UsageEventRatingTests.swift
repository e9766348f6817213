import Claude
import Metering
import MeteringConformance
import Testing

@Suite("Making events")
struct UsageEventRatingTests {
    private func event(
        _ record: MessageRecord, id: String = "msg_1", session: String = "s", requestID: String? = "req_1",
        agent: String? = nil, time: String = "2026-11-23T12:00:00Z", quality: UsageEvent.Quality = .exact
    ) throws -> UsageEvent {
        UsageEvent(
            rating: record, id: EventID(rawValue: id), customer: .default, session: SessionID(rawValue: session),
            key: .none, requestID: requestID, agent: agent, time: try Timestamp(text: time), catalog: .anthropic,
            quality: quality, source: .gateway)
    }

    private func record(_ model: String? = "claude-sonnet-5-5", ending: MessageRecord.Ending = .complete)
        -> MessageRecord
    {
        var record = MessageRecord(id: "msg_1", model: model, stopReason: "end_turn", hasContent: true, ending: ending)
        record.usage.cacheReadInputTokens = 1_000_000
        return record
    }

    @Test(
        "an event is rated with the book in force when it ended",
        arguments: [("2026-10-06T23:59:59.999Z", "0.2"), ("2026-10-07T00:00:00.000Z", "0.1")])
    func bookByDate(_ time: String, _ usd: String) throws {
        let event = try event(record(), time: time)
        #expect(event.charge == .priced(try PicoUSD(usd: usd)))
        #expect(event.priceBook == PriceCatalog.anthropic.book(at: event.time).hash)
    }

    @Test("the model is kept as the response names it")
    func model() throws {
        #expect(try event(record("claude-sonnet-5-5-20260928")).model == "claude-sonnet-5-5-20260928")
        #expect(try event(record("bad model")).model == "bad%20model")
        #expect(try event(record(nil)).model == "unknown")
    }

    @Test("only a whole and readable response is exact")
    func quality() throws {
        #expect(try event(record()).quality == .exact)
        #expect(try event(record(), quality: .drained).quality == .drained)
        #expect(try event(record(ending: .truncated)).quality == .estimated)
        #expect(try event(record(ending: .error(type: "x")), quality: .drained).quality == .estimated)
        var damaged = record()
        damaged.problem = ClaudeError(.malformedEvent, "x")
        #expect(try event(damaged).quality == .estimated)
    }

    @Test(
        "any text of ids makes a valid event, the same text the same event",
        arguments: [
            "", " ", "é", "a\nb", "\0", "%", "100%", String(repeating: "x", count: 257),
            String(repeating: "🜁", count: 5000),
            "ok", "it's \"fine\"", "\u{202e}",
        ])
    func hostileText(_ text: String) throws {
        let event = try event(record(text), id: text, session: text, requestID: text, agent: text)
        try event.validate()
        #expect(event == (try self.event(record(text), id: text, session: text, requestID: text, agent: text)))
        #expect((event.requestID == nil) == text.isEmpty)
    }

    @Test("different ids stay different")
    func distinctIDs() throws {
        let long = String(repeating: "x", count: 300)
        let ids = ["a\nb", "a%0Ab", "a\tb", long, long + "y", "é", "e\u{301}", "ok", "%"]
        #expect(Set(try ids.map { try event(record(), id: $0).id.rawValue }).count == ids.count)
    }

    @Test("random responses, sane or not, make valid events that hold together")
    func random() throws {
        let seed: UInt64 = 7
        var generator = RandomUsage(seed: seed)
        for index in 0..<5_000 {
            let record = generator.record(sane: index.isMultiple(of: 2))
            let event = UsageEvent(
                rating: record, id: EventID(rawValue: "e\(index)"), customer: .default,
                session: SessionID(rawValue: "s"),
                key: .none, time: generator.time(), catalog: .anthropic, quality: .exact, source: .gateway)
            do { try event.validate() } catch { Issue.record("seed \(seed), event \(index): \(error)") }
            let book = PriceCatalog.anthropic.book(at: event.time)
            var sum = PicoUSD.zero
            var missing = 0
            for line in event.lines {
                if let price = book.prices[line.sku] { sum += line.quantity * price } else { missing += 1 }
            }
            switch event.charge {
            case .priced(let charge): #expect(missing == 0 && charge == sum, "seed \(seed), event \(index)")
            case .unpriced(let skus): #expect(skus.count == missing && missing > 0, "seed \(seed), event \(index)")
            }
        }
    }
}
