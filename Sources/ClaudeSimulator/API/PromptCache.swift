/// The prompt cache of one organization: which prompt prefixes are cached, and until when.
///
/// A breakpoint writes the prefix up to it; a later request with the same prefix reads it while it lives, and each
/// read renews it. The longest cached prefix wins that ends at most 20 blocks before one of the request's breakpoints.
struct PromptCache: Sendable {
    /// How long a prefix stays cached after its last use.
    enum Lifetime: Int64, Sendable, Hashable, Comparable {
        case fiveMinutes = 300_000
        case oneHour = 3_600_000

        static func < (lhs: Lifetime, rhs: Lifetime) -> Bool { lhs.rawValue < rhs.rawValue }

        /// Reads a `cache_control` object; `null` is none.
        init?(_ value: JSONValue, path: String) throws(APIFailure) {
            guard value != .null else { return nil }
            let path = path.isEmpty ? "cache_control" : "\(path).cache_control"
            guard value["type"] == "ephemeral" else { throw .invalid("\(path).type: Input should be 'ephemeral'") }
            switch value["ttl"] ?? "5m" {
            case "5m", .null: self = .fiveMinutes
            case "1h": self = .oneHour
            default: throw .invalid("\(path).ttl: Input should be '5m' or '1h'")
            }
        }
    }

    /// How a prompt splits into uncached, written and read tokens.
    struct Split: Sendable, Hashable {
        var input: Int64 = 0
        var write5m: Int64 = 0
        var write1h: Int64 = 0
        var read: Int64 = 0
    }

    private struct Entry { var expires: Int64, lifetime: Lifetime }
    private static let lookback = 20
    private var entries: [FNVHash: Entry] = [:]
    private let minimumTokens: Int64

    init(minimumTokens: Int64) { self.minimumTokens = minimumTokens }

    /// Splits the prompt of a request at time `now` (milliseconds), reading and writing the cache.
    mutating func serve(_ blocks: [MessageRequest.PromptBlock], model: String, now: Int64) -> Split {
        var prefix = FNVHash()
        prefix.combine(model.utf8)
        var hashes: [FNVHash] = []
        var tokens: [Int64] = []
        for block in blocks {
            prefix.combine(block.bytes)
            prefix.combine([0xFF])
            hashes.append(prefix)
            tokens.append((tokens.last ?? 0) + block.tokens)
        }
        let breakpoints = blocks.indices.filter { blocks[$0].cache != nil && tokens[$0] >= minimumTokens }
        guard let last = breakpoints.last else { return Split(input: tokens.last ?? 0) }

        var split = Split()
        var covered = -1
        for breakpoint in breakpoints.reversed() {
            let window = max(0, breakpoint - Self.lookback + 1)...breakpoint
            if let hit = window.last(where: { isLive(hashes[$0], now) }) { covered = max(covered, hit) }
        }
        if covered >= 0 {
            split.read = tokens[covered]
            renew(hashes[covered], now)
        }
        for breakpoint in breakpoints {
            guard let lifetime = blocks[breakpoint].cache else { continue }
            if breakpoint <= covered {
                if isLive(hashes[breakpoint], now) { renew(hashes[breakpoint], now) }
                continue
            }
            let written = tokens[breakpoint] - (covered >= 0 ? tokens[covered] : 0)
            if lifetime == .oneHour { split.write1h += written } else { split.write5m += written }
            entries[hashes[breakpoint]] = Entry(expires: now + lifetime.rawValue, lifetime: lifetime)
            covered = breakpoint
        }
        split.input = (tokens.last ?? 0) - tokens[last]
        return split
    }

    private func isLive(_ hash: FNVHash, _ now: Int64) -> Bool { entries[hash].map { $0.expires > now } ?? false }

    private mutating func renew(_ hash: FNVHash, _ now: Int64) {
        guard let lifetime = entries[hash]?.lifetime else { return }
        entries[hash]?.expires = now + lifetime.rawValue
    }
}
