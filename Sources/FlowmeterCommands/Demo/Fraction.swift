/// An exact rational number, for the audit alone: the metering itself has no fractions.
struct Fraction: Sendable, Hashable, CustomStringConvertible {
    /// Reduced, with the sign.
    let numerator: Int128
    /// Reduced and positive.
    let denominator: Int128

    /// Zero.
    static let zero = Fraction(0, 1)

    /// Creates `numerator / denominator` in lowest terms.
    ///
    /// The denominator must not be zero.
    init(_ numerator: Int128, _ denominator: Int128) {
        precondition(denominator != 0, "a fraction has no zero below")
        var (a, b) = (numerator.magnitude, denominator.magnitude)
        while b != 0 { (a, b) = (b, a % b) }
        let divisor = Int128(max(a, 1)) * (denominator < 0 ? -1 : 1)
        self.numerator = numerator / divisor
        self.denominator = denominator / divisor
    }

    /// Reads a decimal such as `0.125`; `nil` for other text.
    init?(decimal text: Substring) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let digits = parts.joined()
        guard !digits.isEmpty, digits.utf8.count <= 30, let numerator = Int128(digits) else { return nil }
        let decimals = parts.count > 1 ? parts[1].count : 0
        self.init(numerator, (0..<decimals).reduce(1) { power, _ in power * 10 })
    }

    static func + (lhs: Fraction, rhs: Fraction) -> Fraction {
        Fraction(
            lhs.numerator * rhs.denominator + rhs.numerator * lhs.denominator, lhs.denominator * rhs.denominator)
    }

    static func * (lhs: Fraction, rhs: Fraction) -> Fraction {
        Fraction(lhs.numerator * rhs.numerator, lhs.denominator * rhs.denominator)
    }

    static func * (count: Int64, rhs: Fraction) -> Fraction { Fraction(Int128(count), 1) * rhs }

    /// The exact decimal where there is a finite one, else the fraction.
    var description: String {
        var (scaled, decimals) = (self, 0)
        while scaled.denominator != 1, decimals < 18 {
            scaled = Fraction(10, 1) * scaled
            decimals += 1
        }
        guard scaled.denominator == 1 else { return "\(numerator)/\(denominator)" }
        let digits = String(scaled.numerator.magnitude)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = numerator < 0 ? "-" : ""
        return sign + (decimals == 0 ? padded : "\(padded.dropLast(decimals)).\(padded.suffix(decimals))")
    }
}
