/// A count as the wire writes it: a JSON number that must be a whole number from 0 to ``MessageUsage/countLimit``.
///
/// The value is exact, without floating point: `12`, `12.0` and `1.2e1` are all twelve.
enum WireCount: Equatable {
    case count(Int64)
    case negative
    case fractional
    case overLimit

    /// Reads the number in `text`, which must follow JSON's grammar.
    init(_ text: UnsafeRawBufferPointer) {
        if let plain = Self.plain(text) {
            self = plain <= MessageUsage.countLimit ? .count(plain) : .overLimit
            return
        }
        self = Self.decimal(text)
    }

    /// The common case: nothing but digits, and few enough of them.
    private static func plain(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard !text.isEmpty, text.count <= 18 else { return nil }
        var value: Int64 = 0
        for byte in text {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int64(digit)
        }
        return value
    }

    /// Any number: digits × 10ⁿ, with the zeros at both ends of the digits taken off.
    private static func decimal(_ text: UnsafeRawBufferPointer) -> WireCount {
        var digits: [UInt8] = []
        var exponent = 0
        var isNegative = false
        var isFraction = false
        var index = 0
        scan: while index < text.count {
            let byte = text[index]
            index += 1
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if isFraction { exponent -= 1 }
                if byte != UInt8(ascii: "0") || !digits.isEmpty { digits.append(byte - UInt8(ascii: "0")) }
            default:
                exponent += Self.exponent(text.view(index..<text.count))
                break scan
            }
        }
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        if digits.isEmpty { return .count(0) }
        if isNegative { return .negative }
        if exponent < 0 { return .fractional }
        // The limit has 13 digits.
        if digits.count > 13 || exponent > 13 || digits.count + exponent > 13 { return .overLimit }
        var value = digits.reduce(Int64(0)) { $0 * 10 + Int64($1) }
        for _ in 0..<exponent { value *= 10 }
        return value <= MessageUsage.countLimit ? .count(value) : .overLimit
    }

    /// What follows the `e`; an exponent too large to matter exactly is taken as a billion.
    private static func exponent(_ text: UnsafeRawBufferPointer) -> Int {
        let isNegative = text.first == UInt8(ascii: "-")
        var value = 0
        for byte in text where byte &- UInt8(ascii: "0") < 10 {
            value = min(value * 10 + Int(byte - UInt8(ascii: "0")), 1_000_000_000)
        }
        return isNegative ? -value : value
    }
}
