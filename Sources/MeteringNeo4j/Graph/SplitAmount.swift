internal import Metering

/// An amount as the graph keeps it: two integers of 64 bits, `charge` + `carry` × 10¹⁸.
///
/// Neither is negative and `charge` is below 10¹⁸, so two such numbers add up in Cypher without overflow, exactly.
struct SplitAmount {
    /// What one unit of `carry` is worth.
    static let unit: Int128 = 1_000_000_000_000_000_000

    var charge: Int64
    var carry: Int64

    /// Splits an amount that is not negative.
    init(_ amount: PicoUSD) {
        if let small = Int64(exactly: amount.rawValue), small < Int64(Self.unit) {
            (charge, carry) = (small, 0)
        } else {
            let (quotient, rest) = amount.rawValue.quotientAndRemainder(dividingBy: Self.unit)
            (charge, carry) = (Int64(rest), Int64(clamping: quotient))
        }
    }

    init(charge: Int64, carry: Int64) {
        self.charge = charge
        self.carry = carry
    }

    /// The amount put together.
    var amount: PicoUSD { PicoUSD(Int128(carry) * Self.unit + Int128(charge)) }
}
