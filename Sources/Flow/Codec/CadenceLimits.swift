internal import BigInt

/// The bounds of Cadence's integers that are wider than Swift's.
enum CadenceLimits {
    static let uint256 = (BigUInt(1) << 256) - 1
    static let int256 = -(BigInt(1) << 255)...(BigInt(1) << 255) - 1
    /// How many digits an unbounded integer may have: reading one takes time with the square of its length.
    static let digits = 10_000
}
