import Metering
import MeteringSQLite
import Testing

/// Checks everything a store promises about what it holds, and returns it.
///
/// Chains: sequence numbers without a gap, hashes recomputed. Roll-ups: equal to those of a store in memory that gets
/// the same events.
@discardableResult
func expectSound(_ store: SQLiteUsageStore, sourceLocation: SourceLocation = #_sourceLocation) async throws
    -> [StoredEvent]
{
    let reference = MemoryUsageStore()
    var all: [StoredEvent] = []
    for head in try await store.chainHeads() {
        var previous = ReceiptHash.zero
        var sequence: Int64 = 0
        while true {
            let page = try await store.events(of: head.customer, after: sequence, limit: 100)
            if page.isEmpty { break }
            for event in page {
                sequence += 1
                #expect(event.sequence == sequence, sourceLocation: sourceLocation)
                #expect(event.previousHash == previous, sourceLocation: sourceLocation)
                previous = CanonicalReceipt.hash(event.event, sequence: sequence, previousHash: previous)
                #expect(event.hash == previous, sourceLocation: sourceLocation)
            }
            all += page
        }
        #expect(
            head == ChainHead(customer: head.customer, sequence: sequence, hash: previous),
            sourceLocation: sourceLocation)
    }
    let outcomes = try await reference.append(all.map(\.event))
    #expect(!outcomes.contains(.duplicate), "an id is in the store twice", sourceLocation: sourceLocation)
    for grouping in UsageQuery.Grouping.allCases {
        let query = UsageQuery(by: grouping)
        let expected = try await reference.usage(query)
        let seen = try await store.usage(query)
        #expect(seen == expected, "by \(grouping)", sourceLocation: sourceLocation)
    }
    return all
}
