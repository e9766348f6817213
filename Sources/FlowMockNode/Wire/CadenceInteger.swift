/// The range of one of Cadence's integer types, compared as decimal text because most types exceed Swift's.
struct CadenceInteger {
    private let isSigned: Bool
    /// `nil` for `Int` and `UInt`, which have no bound.
    private let bits: Int?

    init?(type: String) {
        let prefixes: [(String, Bool)] = [("Int", true), ("UInt", false), ("Word", false)]
        for (prefix, isSigned) in prefixes where type.hasPrefix(prefix) {
            let rest = String(type.dropFirst(prefix.count))
            self.isSigned = isSigned
            if rest.isEmpty, prefix != "Word" {
                bits = nil
                return
            }
            guard let bits = Int(rest), [8, 16, 32, 64, 128, 256].contains(bits), rest == String(bits) else {
                return nil
            }
            self.bits = bits
            return
        }
        return nil
    }

    /// Whether the text is a decimal number of this type.
    func contains(_ text: String) -> Bool {
        let isNegative = text.hasPrefix("-")
        let digits = (isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...])
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return false }
        let magnitude = digits.drop { $0 == "0" }
        if isNegative, !isSigned { return magnitude.isEmpty }
        guard let bits else { return true }
        let power = Self.powerOfTwo(isSigned ? bits - 1 : bits)
        if magnitude.count != power.count { return magnitude.count < power.count }
        // The bound itself is outside for all but the negative side of signed types.
        return isNegative && isSigned ? String(magnitude) <= power : String(magnitude) < power
    }

    private static func powerOfTwo(_ exponent: Int) -> String {
        var digits = [1]
        for _ in 0..<exponent {
            var carry = 0
            for index in digits.indices {
                let doubled = digits[index] * 2 + carry
                digits[index] = doubled % 10
                carry = doubled / 10
            }
            if carry > 0 { digits.append(carry) }
        }
        return digits.reversed().map(String.init).joined()
    }
}
