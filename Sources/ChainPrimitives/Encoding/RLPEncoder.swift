/// Writes RLP, the recursive length prefix of Ethereum (yellow paper, appendix B), which Flow uses as well.
///
///     var encoder = RLPEncoder()
///     encoder.list { encoder in
///         encoder.bytes(script)
///         encoder.integer(gasLimit)
///     }
///     send(encoder.encoded)
public struct RLPEncoder: Sendable {
    /// What was written so far.
    public private(set) var encoded: [UInt8] = []

    /// Creates an encoder, with room for as many bytes as the caller expects.
    public init(capacity: Int = 0) { encoded.reserveCapacity(capacity) }

    /// Appends a byte string.
    public mutating func bytes(_ bytes: some Collection<UInt8>) {
        let count = bytes.count
        if count == 1, let byte = bytes.first, byte < 0x80 {
            encoded.append(byte)
        } else {
            encoded.append(contentsOf: Self.header(0x80, count))
            encoded.append(contentsOf: bytes)
        }
    }

    /// Appends an unsigned integer: big-endian without leading zeros, and zero as the empty string.
    public mutating func integer(_ value: some FixedWidthInteger & UnsignedInteger) {
        if value == 0 {
            encoded.append(0x80)
        } else if value < 0x80 {
            encoded.append(UInt8(truncatingIfNeeded: value))
        } else {
            let count = Self.byteCount(value)
            encoded.append(0x80 + UInt8(count))
            append(value, count: count)
        }
    }

    /// Appends a list with the items that `items` writes.
    public mutating func list<Failure: Error>(
        _ items: (inout RLPEncoder) throws(Failure) -> Void
    ) throws(Failure) {
        let start = encoded.count
        try items(&self)
        encoded.insert(contentsOf: Self.header(0xC0, encoded.count - start), at: start)
    }

    /// Appends what is RLP already.
    public mutating func item(alreadyEncoded item: some Collection<UInt8>) {
        encoded.append(contentsOf: item)
    }

    private mutating func append(_ value: some FixedWidthInteger & UnsignedInteger, count: Int) {
        for position in (0..<count).reversed() { encoded.append(UInt8(truncatingIfNeeded: value >> (8 * position))) }
    }

    private static func byteCount(_ value: some FixedWidthInteger & UnsignedInteger) -> Int {
        (type(of: value).bitWidth - value.leadingZeroBitCount + 7) / 8
    }

    /// The prefix of a string (base 0x80) or list (base 0xC0) of `count` bytes.
    private static func header(_ base: UInt8, _ count: Int) -> [UInt8] {
        if count <= 55 { return [base + UInt8(count)] }
        let length = UInt64(count)
        let lengthCount = byteCount(length)
        var header = [base + 55 + UInt8(lengthCount)]
        for position in (0..<lengthCount).reversed() {
            header.append(UInt8(truncatingIfNeeded: length >> (8 * UInt64(position))))
        }
        return header
    }
}
