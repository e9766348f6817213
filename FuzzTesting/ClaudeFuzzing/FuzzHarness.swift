public import NIOCore

/// What the fuzzers do with an input; each function returns a description of what is wrong, or `nil`.
public enum FuzzHarness {
    /// Cuts `bytes` into buffers at random places; the same seed gives the same cuts.
    public static func pieces(of bytes: [UInt8], seed: UInt64) -> [ByteBuffer] {
        var generator = SplitMix64(seed: seed)
        var pieces: [ByteBuffer] = []
        var start = 0
        // Some runs cut often, some seldom.
        let longest = 1 << Int.random(in: 0...8, using: &generator)
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...longest, using: &generator))
            pieces.append(ByteBuffer(bytes: bytes[start..<end]))
            start = end
        }
        return pieces
    }

    /// A seed that belongs to the input, so that every finding can be repeated.
    public static func seed(of bytes: [UInt8]) -> UInt64 {
        // FNV-1a.
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

/// The SplitMix64 generator (Steele, Lea, Flood 2014): small, seeded, the same everywhere.
public struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    /// Creates a generator.
    public init(seed: UInt64) { state = seed }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
