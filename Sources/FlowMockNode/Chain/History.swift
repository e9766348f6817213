/// A value that changes with the height of the chain, so that reads can see the past.
struct History<Value: Sendable>: Sendable {
    private var changes: [(height: UInt64, value: Value)]

    init(_ value: Value, since height: UInt64) { changes = [(height, value)] }

    /// The newest value.
    var latest: Value { changes[changes.count - 1].value }

    /// The height of the first value.
    var start: UInt64 { changes[0].height }

    /// The value after the block at `height`; `nil` before there was one.
    func value(at height: UInt64) -> Value? {
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].height <= height { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : changes[low - 1].value
    }

    mutating func set(_ value: Value, at height: UInt64) {
        if changes[changes.count - 1].height == height {
            changes[changes.count - 1].value = value
        } else {
            changes.append((height, value))
        }
    }
}
