/// An operator's keys: the one that signs, and those before it.
///
/// Rotation is without a gap: the new key signs at once, the old one stays valid for the overlap, so that programs which
/// still hold it produce nothing invalid.
public struct OperatorKeyRing: Sendable {
    struct Entry: Sendable {
        var key: OperatorKey
        var notBefore: Timestamp
        var notAfter: Timestamp?
    }

    /// The keys, oldest first.
    ///
    /// Never empty; the last one is open.
    private(set) var entries: [Entry]

    /// Creates a ring with one key.
    public init(key: OperatorKey = OperatorKey(), at time: Timestamp) {
        entries = [Entry(key: key, notBefore: time, notAfter: nil)]
    }

    init(entries: [Entry]) throws(MeteringError) {
        guard let last = entries.last, last.notAfter == nil,
            entries.dropLast().allSatisfy({ $0.notAfter != nil }),
            zip(entries, entries.dropFirst()).allSatisfy({ $0.notBefore <= $1.notBefore }),
            Set(entries.map(\.key.id)).count == entries.count
        else {
            throw MeteringError(
                .keyUnavailable, "the operator's keys are not in order: oldest first, and only the last one open")
        }
        self.entries = entries
    }

    /// The key that signs.
    public var current: OperatorKey { entries[entries.count - 1].key }

    /// Takes a new key into use.
    ///
    /// - Parameters:
    ///   - key: The new key.
    ///   - time: From when on it signs.
    ///   - overlap: For how many milliseconds more the present key is valid.
    /// - Throws: `invalidInput` when the time is before the present key's begin, or the overlap is negative.
    public mutating func rotate(
        to key: OperatorKey = OperatorKey(), at time: Timestamp, overlap: Int64
    ) throws(MeteringError) {
        let present = entries.count - 1
        let (end, overflow) = time.milliseconds.addingReportingOverflow(overlap)
        guard overlap >= 0, !overflow, time >= entries[present].notBefore else {
            throw MeteringError(
                .invalidInput, "a key can be rotated only after it began to sign, with an overlap of zero or more")
        }
        entries[present].notAfter = Timestamp(milliseconds: end)
        entries.append(Entry(key: key, notBefore: time, notAfter: nil))
    }

    /// The public keys, for export.
    public func publicKeys() throws(MeteringError) -> OperatorPublicKeys {
        var keys: [OperatorPublicKey] = []
        for entry in entries {
            keys.append(
                try OperatorPublicKey(
                    bytes: entry.key.publicKey, notBefore: entry.notBefore, notAfter: entry.notAfter))
        }
        return OperatorPublicKeys(keys)
    }
}
