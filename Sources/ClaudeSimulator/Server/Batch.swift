/// A message batch and its results, which are made up when it is created and shown when it has ended.
struct Batch: Sendable {
    var id: String
    var created: Int64
    var items: [Item]
    /// How many more times it is retrieved before it has ended.
    var pollsLeft: Int
    var ended: Int64?
    var cancelInitiated: Int64?

    /// One request of a batch.
    struct Item: Sendable {
        var customID: String
        var outcome: Scenario.BatchOutcome
        /// The `result` object.
        var result: JSONValue
        /// What goes on record when the batch has ended; `nil` for what is not billed.
        var served: ServedResponse?
    }

    private static let lifetime: Int64 = 86_400_000

    /// Takes note of one retrieval.
    ///
    /// Returns `true` when the batch ended by it.
    mutating func poll(now: Int64) -> Bool {
        guard ended == nil else { return false }
        pollsLeft -= 1
        guard pollsLeft <= 0 else { return false }
        end(now: now)
        return true
    }

    mutating func end(now: Int64) {
        ended = now
        guard cancelInitiated != nil else { return }
        // Half of it had been processed when the cancellation came.
        for index in items.indices.dropFirst((items.count + 1) / 2) {
            items[index].outcome = .canceled
            items[index].result = ["type": "canceled"]
            items[index].served = nil
        }
    }

    /// The batch object.
    ///
    /// `origin` is the scheme and host of its absolute `results_url`.
    func json(origin: String) -> JSONValue {
        func count(_ outcome: Scenario.BatchOutcome) -> JSONValue {
            .integer(ended == nil ? 0 : Int64(items.filter { $0.outcome == outcome }.count))
        }
        func time(_ time: Int64?) -> JSONValue { time.map { .string(rfc3339(milliseconds: $0)) } ?? nil }
        let status: JSONValue = ended != nil ? "ended" : cancelInitiated != nil ? "canceling" : "in_progress"
        return [
            "id": .string(id), "type": "message_batch", "processing_status": status,
            "request_counts": [
                "processing": .integer(ended == nil ? Int64(items.count) : 0), "succeeded": count(.succeeded),
                "errored": count(.errored), "canceled": count(.canceled), "expired": count(.expired),
            ],
            "ended_at": time(ended), "created_at": time(created), "expires_at": time(created + Self.lifetime),
            "archived_at": nil, "cancel_initiated_at": time(cancelInitiated),
            "results_url": ended == nil ? nil : .string("\(origin)/v1/messages/batches/\(id)/results"),
        ]
    }

    /// The results file: one line per request, in an order of its own.
    var results: String {
        var generator = SeededGenerator(seed: UInt64(bitPattern: created) ^ UInt64(items.count))
        return items.shuffled(using: &generator).map { item in
            let line: JSONValue = ["custom_id": .string(item.customID), "result": item.result]
            return line.serialized() + "\n"
        }.joined()
    }
}
