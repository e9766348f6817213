internal import Metering

/// The sessions that cost the most, found one after the other in any order.
struct HighestCharges {
    private let limit: Int
    private var sessions: [(number: Int64, charge: PicoUSD)] = []
    /// What a session must cost at least to be among them, as far as that is known.
    private var threshold: PicoUSD?
    /// With so many sessions it is worth the time to find out.
    private var due: Int

    init(limit: Int) {
        self.limit = max(0, limit)
        due = self.limit
    }

    @inline(__always)
    mutating func add(_ session: Int64, charge: PicoUSD) {
        if let threshold, charge < threshold { return }
        sessions.append((session, charge))
        if sessions.count >= 2_048, sessions.count >= 4 * limit { drop() }
    }

    /// Whether no session of at most this charge is among them.
    @inline(__always)
    mutating func excludes(_ charge: PicoUSD) -> Bool {
        if sessions.count >= due { drop() }
        return threshold.map { charge < $0 } ?? false
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
        defer { due = sessions.count + limit / 2 + 16 }
        guard sessions.count >= limit else { return }
        let threshold = sessions.map(\.charge).sorted(by: >)[limit - 1]
        sessions.removeAll { $0.charge < threshold }
        self.threshold = threshold
    }
}
