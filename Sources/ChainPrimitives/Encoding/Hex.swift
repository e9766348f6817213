/// Hexadecimal text.
public enum Hex {
    /// The bytes as lower-case hexadecimal digits, without a prefix.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        let count = bytes.count * 2
        return String(unsafeUninitializedCapacity: count) { buffer in
            var index = 0
            for byte in bytes {
                buffer[index] = digit(byte >> 4)
                buffer[index + 1] = digit(byte & 15)
                index += 2
            }
            return count
        }
    }

    /// Reads hexadecimal digits of either case.
    ///
    /// - Parameter allowsPrefix: Whether the text may begin with `0x`.
    /// - Throws: ``ChainPrimitivesError/Code/malformedHex`` for an odd count of digits and for anything that is no digit.
    public static func decode(
        _ text: some StringProtocol, allowsPrefix: Bool = false
    ) throws(ChainPrimitivesError) -> [UInt8] {
        let all = Array(text.utf8)
        let isPrefixed = allowsPrefix && all.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")])
        let digits = isPrefixed ? all[2...] : all[...]
        guard digits.count.isMultiple(of: 2) else {
            throw ChainPrimitivesError(.malformedHex, "an odd count of hexadecimal digits: \(digits.count)")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var index = digits.startIndex
        while index < digits.endIndex {
            guard let high = value(digits[index]) else { throw notADigit(index) }
            guard let low = value(digits[index + 1]) else { throw notADigit(index + 1) }
            bytes.append(high << 4 | low)
            index += 2
        }
        return bytes
    }

    private static func notADigit(_ offset: Int) -> ChainPrimitivesError {
        ChainPrimitivesError(.malformedHex, "expected a hexadecimal digit", offset: offset)
    }

    @inline(__always)
    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    @inline(__always)
    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
