extension PicoUSD: CustomStringConvertible {
    /// Digits after the decimal point that the unit can hold.
    static let decimals = 12

    /// Parses an exact amount of US dollars such as `1.25`, `-0.000000000001` or `40`.
    ///
    /// The text is an optional `-`, digits without needless leading zeros, and optionally a point with 1–12 digits.
    /// Signs, exponents, spaces and separators of any other kind are refused, so that nothing is ever guessed.
    ///
    /// - Throws: `invalidInput` for other text, `overflow` for an amount the type cannot hold.
    public init(usd text: some StringProtocol) throws(MeteringError) {
        guard let value = try Self.parse(text.utf8) else {
            throw MeteringError(
                .invalidInput,
                "not an amount in US dollars: \(quoted(text)); write digits and at most 12 decimals, such as 1.25")
        }
        self = value
    }

    private static func parse(_ text: some Sequence<UInt8>) throws(MeteringError) -> PicoUSD? {
        var value: Int128 = 0
        var negative = false
        var integerDigits = 0
        var fractionDigits: Int?
        var leadingZero = false
        for (index, byte) in text.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where index == 0: negative = true
            case UInt8(ascii: ".") where fractionDigits == nil && integerDigits > 0: fractionDigits = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if let digits = fractionDigits {
                    guard digits < decimals else { return nil }
                    fractionDigits = digits + 1
                } else {
                    guard !leadingZero else { return nil }
                    leadingZero = integerDigits == 0 && byte == UInt8(ascii: "0")
                    integerDigits += 1
                }
                value = try appending(byte, to: value)
            default: return nil
            }
        }
        guard integerDigits > 0, fractionDigits != 0 else { return nil }
        for _ in (fractionDigits ?? 0)..<decimals { value = try appending(UInt8(ascii: "0"), to: value) }
        return PicoUSD(negative ? -value : value)
    }

    private static func appending(_ digit: UInt8, to value: Int128) throws(MeteringError) -> Int128 {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(Int128(digit - UInt8(ascii: "0")))
        guard !overflow, !carry else {
            throw MeteringError(.overflow, "the amount is larger than any amount that can be kept")
        }
        return sum
    }

    /// The exact amount in US dollars: as many decimals as needed, no more, such as `0.0123`.
    public var description: String {
        let (whole, fraction) = rawValue.magnitude.quotientAndRemainder(dividingBy: UInt128(Self.dollar.rawValue))
        let sign = rawValue < 0 ? "-" : ""
        guard fraction != 0 else { return "\(sign)\(whole)" }
        var digits = Self.padded(fraction, to: Self.decimals)
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(sign)\(whole).\(digits)"
    }

    /// The amount in US dollars with a fixed number of decimals, for tables that people read.
    ///
    /// Rounds half to even. The result is for display only: sums are made of exact amounts, never of rounded ones.
    ///
    /// - Parameter decimals: 0–12; values outside are taken as the nearest of them.
    public func formatted(decimals: Int) -> String {
        let decimals = min(max(decimals, 0), Self.decimals)
        var unit: UInt128 = 1
        for _ in decimals..<Self.decimals { unit *= 10 }
        var (rounded, rest) = rawValue.magnitude.quotientAndRemainder(dividingBy: unit)
        let half = unit / 2
        if unit > 1, rest > half || (rest == half && !rounded.isMultiple(of: 2)) { rounded += 1 }
        rest = 0
        let sign = rawValue < 0 && rounded != 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(rounded)" }
        let digits = Self.padded(rounded, to: decimals + 1)
        return "\(sign)\(digits.dropLast(decimals)).\(digits.suffix(decimals))"
    }

    private static func padded(_ value: UInt128, to width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

extension PicoUSD {
    /// The sum, or an error where it would leave the type's range.
    ///
    /// - Throws: `overflow`.
    public func adding(_ other: PicoUSD) throws(MeteringError) -> PicoUSD {
        let (sum, overflow) = rawValue.addingReportingOverflow(other.rawValue)
        guard !overflow else { throw MeteringError(.overflow, "a sum of money left the range that can be kept") }
        return PicoUSD(sum)
    }

    /// The price of `quantity` units at this price each, or an error where it would leave the type's range.
    ///
    /// - Throws: `overflow`.
    public func times(_ quantity: Int64) throws(MeteringError) -> PicoUSD {
        let (product, overflow) = rawValue.multipliedReportingOverflow(by: Int128(quantity))
        guard !overflow else { throw MeteringError(.overflow, "a product of money left the range that can be kept") }
        return PicoUSD(product)
    }
}
