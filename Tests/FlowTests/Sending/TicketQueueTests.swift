import Testing

@testable import Flow

@Suite("Queues in the order of tickets")
struct TicketQueueTests {
    @Test func `ten thousand come in any order, some go away, and the rest leave in the order of their tickets`() {
        var random = SeededGenerator(seed: 1)
        let tickets = (0..<10_000 as Range<UInt64>).map { $0 * 2 }
        var queue = TicketQueue<UInt64>()
        // Most come in order; who had a ticket before and comes again stands where it stood.
        for ticket in tickets.filter({ $0 % 10 != 0 }) { queue.insert(ticket, ticket) }
        for ticket in tickets.filter({ $0 % 10 == 0 }).shuffled(using: &random) { queue.insert(ticket, ticket) }
        #expect(queue.count == 10_000)
        let leaving = tickets.filter { $0 % 6 == 0 }.shuffled(using: &random)
        for ticket in leaving { #expect(queue.remove(ticket) == ticket) }
        for ticket in leaving { #expect(queue.remove(ticket) == nil && queue.remove(ticket + 1) == nil) }
        var left: [UInt64] = []
        while let next = queue.removeFirst() { left.append(next) }
        #expect(left == tickets.filter { $0 % 6 != 0 })
        #expect(queue.isEmpty && queue.removeAll().isEmpty)
    }

    @Test func `intents that were left are given out once, oldest first, however often they come and go`() {
        var random = SeededGenerator(seed: 2)
        var left = LeftIntents()
        var model: [String] = []
        for _ in 0..<5000 {
            let key = "\(Int.random(in: 0..<40, using: &random))"
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                #expect(left.add(key) == nil)
                if !model.contains(key) { model.append(key) }
            case 2:
                #expect(left.remove(key) == model.contains(key))
                model.removeAll { $0 == key }
            default: #expect(left.next() == (model.isEmpty ? nil : model.removeFirst()))
            }
            #expect(left.count == model.count)
        }
        for key in model { #expect(left.next() == key) }
        #expect(left.next() == nil)
    }
}
