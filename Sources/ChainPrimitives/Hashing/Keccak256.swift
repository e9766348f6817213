/// Keccak-256 as Ethereum and Flare use it: the sponge of FIPS 202 with the padding from before the standard.
///
/// It is not SHA3-256: that ends the message with other bits, and its digests differ.
public struct Keccak256: Sendable {
    /// How many bytes a digest has.
    public static let byteCount = 32
    /// How many bytes are absorbed together: 200 of the state minus twice the digest.
    private static let rate = 136

    private var state = KeccakState()
    private var pending: [UInt8] = []

    /// Creates a hash of no bytes.
    public init() { pending.reserveCapacity(Self.rate) }

    /// The digest of `bytes`.
    public static func hash(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var function = Keccak256()
        function.update(bytes)
        return function.finalize()
    }

    /// Adds bytes to the message.
    public mutating func update(_ bytes: some Collection<UInt8>) {
        for byte in bytes {
            pending.append(byte)
            if pending.count == Self.rate { absorb() }
        }
    }

    /// The digest of everything that was added; the message can still grow afterwards.
    public func finalize() -> [UInt8] {
        var last = self
        last.pending.append(0x01)
        last.pending.append(contentsOf: repeatElement(0, count: Self.rate - last.pending.count))
        last.pending[Self.rate - 1] |= 0x80
        last.absorb()
        return last.state.prefix(Self.byteCount)
    }

    private mutating func absorb() {
        for lane in 0..<(Self.rate / 8) {
            var word: UInt64 = 0
            for index in (0..<8).reversed() { word = word << 8 | UInt64(pending[lane * 8 + index]) }
            state.lanes[lane] ^= word
        }
        state.permute()
        pending.removeAll(keepingCapacity: true)
    }
}
