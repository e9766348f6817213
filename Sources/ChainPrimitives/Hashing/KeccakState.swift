/// The state of Keccak-f[1600] and its permutation (FIPS 202, section 3).
struct KeccakState: Sendable {
    /// Lane (x, y) is at x + 5y.
    var lanes = [UInt64](repeating: 0, count: 25)

    private static let roundConstants: [UInt64] = [
        0x0000_0000_0000_0001, 0x0000_0000_0000_8082, 0x8000_0000_0000_808A, 0x8000_0000_8000_8000,
        0x0000_0000_0000_808B, 0x0000_0000_8000_0001, 0x8000_0000_8000_8081, 0x8000_0000_0000_8009,
        0x0000_0000_0000_008A, 0x0000_0000_0000_0088, 0x0000_0000_8000_8009, 0x0000_0000_8000_000A,
        0x0000_0000_8000_808B, 0x8000_0000_0000_008B, 0x8000_0000_0000_8089, 0x8000_0000_0000_8003,
        0x8000_0000_0000_8002, 0x8000_0000_0000_0080, 0x0000_0000_0000_800A, 0x8000_0000_8000_000A,
        0x8000_0000_8000_8081, 0x8000_0000_0000_8080, 0x0000_0000_8000_0001, 0x8000_0000_8000_8008,
    ]

    /// How far ρ turns each lane: the offsets of FIPS 202 table 2, modulo 64, made by its own rule.
    private static let rotations: [UInt64] = {
        var rotations = [UInt64](repeating: 0, count: 25)
        var (x, y) = (1, 0)
        for step in 0..<24 {
            rotations[x + 5 * y] = UInt64((step + 1) * (step + 2) / 2 % 64)
            (x, y) = (y, (2 * x + 3 * y) % 5)
        }
        return rotations
    }()

    mutating func permute() {
        var moved = [UInt64](repeating: 0, count: 25)
        for constant in Self.roundConstants {
            // θ
            var column: [UInt64] = [0, 0, 0, 0, 0]
            for index in 0..<25 { column[index % 5] ^= lanes[index] }
            for x in 0..<5 {
                let change = column[(x + 4) % 5] ^ Self.rotated(column[(x + 1) % 5], 1)
                for y in 0..<5 { lanes[x + 5 * y] ^= change }
            }
            // ρ and π
            for x in 0..<5 {
                for y in 0..<5 {
                    moved[y + 5 * ((2 * x + 3 * y) % 5)] = Self.rotated(lanes[x + 5 * y], Self.rotations[x + 5 * y])
                }
            }
            // χ
            for y in stride(from: 0, to: 25, by: 5) {
                for x in 0..<5 { lanes[x + y] = moved[x + y] ^ (~moved[(x + 1) % 5 + y] & moved[(x + 2) % 5 + y]) }
            }
            // ι
            lanes[0] ^= constant
        }
    }

    /// The first bytes of the state, lanes little-endian.
    func prefix(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: lanes[$0 / 8] >> UInt64(8 * ($0 % 8))) }
    }

    @inline(__always)
    private static func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 {
        count == 0 ? word : word &<< count | word &>> (64 &- count)
    }
}
