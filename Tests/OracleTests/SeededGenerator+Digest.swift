import Metering
import MeteringConformance

extension SeededGenerator {
    /// 32 random bytes.
    mutating func digest() -> Digest32 { Digest32(words: (next(), next(), next(), next())) }
}
