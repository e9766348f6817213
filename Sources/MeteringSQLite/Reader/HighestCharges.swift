internal import Metering

/// The sessions that cost the most, found one after the other in any order.
struct HighestCharges {
    private let limit: Int
    private var sessions: [(number: Int64, charge: PicoUSD)] = []
    /// What a session must cost to be among them.
    private var threshold: PicoUSD?

    init(limit: Int) { self.limit = max(0, limit) }

    @inline(__always)
    mutating func add(_ session: Int64, charge: PicoUSD) {
        if let threshold, charge < threshold { return }
        sessions.append((session, charge))
        if sessions.count >= 2_048, sessions.count >= 4 * limit { drop() }
    }

    /// The numbers of the `limit` highest, and of those equal to the last of them: names decide between equals.
    consuming func numbers() -> [Int64] {
        drop()
        return sessions.map(\.number).sorted()
    }

    private mutating func drop() {
        guard limit > 0 else {
            sessions = []
            return
        }
        guard sessions.count > limit else { return }
        let threshold = sessions.map(\.charge).sorted(by: >)[limit - 1]
        sessions.removeAll { $0.charge < threshold }
        self.threshold = threshold
    }
}
