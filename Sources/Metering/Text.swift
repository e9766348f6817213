/// Text from outside, made fit for an error message: printable ASCII only, in quotes, at most 80 characters.
func quoted(_ text: some StringProtocol) -> String {
    var result = "\""
    for scalar in text.unicodeScalars.prefix(81) {
        switch scalar.value {
        case 0x20...0x7e where scalar != "\"" && scalar != "\\": result.unicodeScalars.append(scalar)
        default: result += scalar.escaped(asASCII: true)
        }
        if result.utf8.count > 80 { return result + "…\"" }
    }
    return result + "\""
}

extension UInt8 {
    /// Whether the byte is an ASCII digit.
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
    /// Whether the byte is an ASCII letter.
    var isLetter: Bool { (self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "z") }
}

extension Sequence<UInt8> {
    /// The number these ASCII digits write, or `nil` when one is not a digit or it leaves `Int64`.
    var decimalValue: Int64? {
        var value: Int64 = 0
        var any = false
        for byte in self {
            guard byte.isDigit else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            guard !overflow, !carry else { return nil }
            value = sum
            any = true
        }
        return any ? value : nil
    }
}

extension String {
    /// Whether all bytes of the UTF-8 text satisfy `predicate`.
    func allBytes(_ predicate: (UInt8) -> Bool) -> Bool {
        utf8.withContiguousStorageIfAvailable { $0.allSatisfy(predicate) } ?? utf8.allSatisfy(predicate)
    }

    /// Whether this text comes before `other` in the order of their UTF-8 bytes, which is not `String`'s own order.
    func precedesBytewise(_ other: String) -> Bool {
        let result = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in left.lexicographicallyPrecedes(right) }
        }
        return (result ?? nil) ?? utf8.lexicographicallyPrecedes(other.utf8)
    }
}
