internal import Metering

/// What a transaction will write, worked out from what it has read.
struct AppendPlan {
    /// What becomes of each event of each submission.
    private(set) var outcomes: [[AppendOutcome]] = []
    /// The new messages, in the order of their positions.
    private(set) var rows: [MessageRow] = []
    /// The new ends of the chains.
    private(set) var heads: [CustomerID: ChainState.Head] = [:]
    /// What the events add to the roll-ups.
    private(set) var usage: [UsageCell: UsageSums] = [:]
    /// The last position given out.
    private(set) var position: Int64

    init(_ group: ArraySlice<Submission>, after state: ChainState) {
        position = state.position
        var known = state.known
        for submission in group {
            outcomes.append(
                submission.events.map { event in
                    guard known.insert(event.id).inserted else { return .duplicate }
                    return append(event, after: state)
                })
        }
    }

    private mutating func append(_ event: UsageEvent, after state: ChainState) -> AppendOutcome {
        let head = heads[event.customer] ?? state.heads[event.customer] ?? ChainState.Head()
        let sequence = head.sequence + 1
        let hash = CanonicalReceipt.hash(event, sequence: sequence, previousHash: head.hash)
        let sums = UsageSums(event)
        position += 1
        rows.append(
            MessageRow(
                event: event, sums: sums, position: position, sequence: sequence, previousHash: head.hash, hash: hash))
        heads[event.customer] = ChainState.Head(sequence: sequence, hash: hash)
        usage[UsageCell(event), default: UsageSums()] += sums
        return .appended(sequence: sequence, hash: hash)
    }
}
