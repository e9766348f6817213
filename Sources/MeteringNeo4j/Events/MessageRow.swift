internal import Bolt
internal import Metering

/// An event with its place in the chains: what becomes a `Message` node.
///
/// It is sent as a list, without the names of its properties: half the bytes of a map.
struct MessageRow: BoltEncodable {
    /// The properties, in the order in which they are sent, and read back.
    static let columns = [
        "id", "customer", "session", "apiKey", "requestId", "agent", "model", "timestamp", "skus", "quantities",
        "priced", "charge", "chargeCarry", "missing", "priceBook", "quality", "source", "position", "sequence",
        "previousHash", "hash", "tokens", "inputTokens", "outputTokens", "cacheWrite5mTokens", "cacheWrite1hTokens",
        "cacheReadTokens", "webSearches", "day", "month",
    ]
    /// How many of the columns hold the event itself; the others are derived from these.
    static let eventColumnCount = 21

    /// The properties of a new node, from a row `r`.
    static let creation = columns.enumerated().map { "\($1): r[\($0)]" }.joined(separator: ", ")
    /// What a query returns of a node `m`, for `StoredMessage`.
    static let selection = columns.prefix(eventColumnCount).map { "m.\($0)" }.joined(separator: ", ")

    var event: UsageEvent
    var sums: UsageSums
    var position: Int64
    var sequence: Int64
    var previousHash: ReceiptHash
    var hash: ReceiptHash

    /// All tokens together.
    var tokens: Int64 { sums.tokens }

    func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        try writer.writeListHeader(count: Self.columns.count)
        try writer.write(event.id.rawValue)
        try writer.write(event.customer.rawValue)
        try writer.write(event.session.rawValue)
        try writer.write(event.key.rawValue)
        try event.requestID.encode(to: &writer)
        try event.agent.encode(to: &writer)
        try writer.write(event.model)
        writer.write(event.time.milliseconds)
        try event.lines.map(\.sku.rawValue).encode(to: &writer)
        try event.lines.map(\.quantity).encode(to: &writer)
        try encodeCharge(to: &writer)
        try writer.write(event.priceBook.description)
        try writer.write(event.quality.rawValue)
        try writer.write(event.source.rawValue)
        writer.write(position)
        writer.write(sequence)
        try writer.write(previousHash.description)
        try writer.write(hash.description)
        writer.write(tokens)
        writer.write(sums.inputTokens)
        writer.write(sums.outputTokens)
        writer.write(sums.cacheWrite5mTokens)
        writer.write(sums.cacheWrite1hTokens)
        writer.write(sums.cacheReadTokens)
        writer.write(sums.webSearches)
        let day = event.time.day
        try writer.write(day.description)
        try writer.write(day.month.description)
    }

    /// Writes `priced`, `charge`, `chargeCarry` and `missing`; what is not known is null, and so no property.
    private func encodeCharge(to writer: inout PackStreamWriter) throws(BoltError) {
        switch event.charge {
        case .priced(let amount):
            let parts = SplitAmount(amount)
            writer.write(true)
            writer.write(parts.charge)
            if parts.carry == 0 { writer.writeNull() } else { writer.write(parts.carry) }
            writer.writeNull()
        case .unpriced(let missing):
            writer.write(false)
            writer.writeNull()
            writer.writeNull()
            try missing.map(\.rawValue).encode(to: &writer)
        }
    }
}

extension UsageSums {
    /// All tokens together, stopping at the largest integer.
    var tokens: Int64 {
        [outputTokens, cacheWrite5mTokens, cacheWrite1hTokens, cacheReadTokens].reduce(inputTokens) { sum, count in
            let (result, overflow) = sum.addingReportingOverflow(count)
            return overflow ? .max : result
        }
    }
}
