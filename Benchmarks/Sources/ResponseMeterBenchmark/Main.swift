import Claude
import Foundation
import NIOCore

/// What metering costs per event of a stream: an 8 KB response of 66 events, read again and again.
@main enum ResponseMeterBenchmark {
    static func main() {
        let events = ResponseShape.events
        let whole = ByteBuffer(string: events.joined())
        let byEvent = events.map { ByteBuffer(string: $0) }
        let cut = stride(from: 0, to: whole.readableBytes, by: 1000).map {
            ByteBuffer(bytes: whole.readableBytesView.dropFirst($0).prefix(1000))
        }
        print("\(events.count) events, \(whole.readableBytes) bytes; best of 7 runs, CPU time")

        measure("ServerSentEventParser, whole response", events.count) {
            var parser = ServerSentEventParser()
            var count = 0
            parser.consume(whole) { count += $0.data.count }
            return count
        }
        measure("ResponseMeter, whole response in one buffer", events.count) { meter([whole]) }
        measure("ResponseMeter, one buffer per event", events.count) { meter(byEvent) }
        measure("ResponseMeter, buffers of 1000 bytes", events.count) { meter(cut) }
        measure("ResponseMeter, content_block_delta alone", 1000) { meter([ResponseShape.deltas]) }

        let payloads = events.map { Data($0.utf8.drop { $0 != UInt8(ascii: "{") }.dropLast(2)) }
        let decoder = JSONDecoder()
        measure("JSONDecoder on the same payloads, no event parsing", payloads.count) {
            payloads.reduce(0) { sum, payload in
                do {
                    let event = try decoder.decode(ResponseShape.Event.self, from: payload)
                    return sum + (event.delta?.text?.utf8.count ?? 0) + (event.usage?.outputTokens ?? 0)
                } catch {
                    fatalError("the benchmark's own data is not what it should be: \(error)")
                }
            }
        }
    }

    static func meter(_ pieces: [ByteBuffer]) -> Int {
        var meter = ResponseMeter(contentType: "text/event-stream; charset=utf-8", contentEncoding: nil)
        var released = 0
        for piece in pieces { released += meter.consume(piece).count }
        return released + Int(meter.finish(truncated: false)?.usage.outputTokens ?? 0)
    }

    /// Prints the least CPU time per event that any of several runs took.
    static func measure(_ name: String, _ events: Int, _ body: () -> Int) {
        var best = Int.max
        var sum = 0
        for _ in 0..<7 {
            let rounds = 2000
            let start = clock()
            for _ in 0..<rounds { sum &+= body() }
            best = min(best, Int(clock() - start) * 1_000_000_000 / CLOCKS_PER_SEC / rounds / events)
        }
        // The sum is printed so that no run can be optimized away.
        print("\(name): \(best) ns/event (check \(sum))")
    }
}
