/// What a pool remembers of one node.
struct NodeRecord: Sendable {
    /// A height that the node named, and when.
    struct Sighting: Sendable {
        var height: UInt64
        var time: Duration
    }

    /// Failures since the last success.
    var failures = 0
    /// Before this, the node is asked only when there is no other.
    var restsUntil = Duration.zero
    /// The latest heights that it named.
    var sightings: [BlockSelection: Sighting] = [:]
    /// By how many blocks it is too far behind.
    var lags: [BlockSelection: UInt64] = [:]

    /// When the next request may be sent, by the node's rate.
    private var nextSlot = Duration.zero
    /// Times before that which were given back.
    private var freeSlots: [Duration] = []

    /// Whether it is too far behind the others.
    var isBehind: Bool { !lags.isEmpty }

    /// When the next request may be sent; it is nobody else's time then.
    mutating func takeSlot(now: Duration, interval: Duration) -> Duration {
        // A quiet node may catch up on a tenth of a second, no more.
        let earliest = now - .milliseconds(100)
        freeSlots.removeAll { $0 < earliest }
        if let index = freeSlots.indices.min(by: { freeSlots[$0] < freeSlots[$1] }) {
            return freeSlots.remove(at: index)
        }
        let slot = max(nextSlot, earliest)
        nextSlot = slot + interval
        return slot
    }

    /// Lets another request have a time that is not needed.
    mutating func giveBack(_ slot: Duration) { freeSlots.append(slot) }
}
