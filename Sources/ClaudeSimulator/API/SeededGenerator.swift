/// SplitMix64: a small generator whose whole sequence follows from a seed (Steele, Lea & Flood, 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// An id such as `msg_01…`: the prefix and 22 letters and digits.
    mutating func identifier(_ prefix: String) -> String {
        let alphabet = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
        let letters = (0..<22).map { _ in alphabet[Int(next() % UInt64(alphabet.count))] }
        return prefix + String(decoding: letters, as: UTF8.self)
    }
}

/// FNV-1a over bytes: enough to tell prompts apart; nobody attacks a simulator.
struct FNVHash: Sendable, Hashable {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }
}
