/// The address of an account: 8 bytes.
public struct FlowAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The address as a big-endian number.
    public var rawValue: UInt64

    /// Creates an address from its number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Reads 1 to 16 hexadecimal digits, with or without `0x`; missing leading digits are zeros.
    public init(_ text: some StringProtocol) throws(FlowError) {
        let digits = text.hasPrefix("0x") ? text.dropFirst(2) : text[...]
        guard (1...16).contains(digits.utf8.count), Self.isHex(digits),
            let value = UInt64(digits, radix: 16)
        else {
            throw FlowError(
                .invalidInput, "'\(String(text).prefix(40))' is no address: write up to 16 hexadecimal digits")
        }
        rawValue = value
    }

    /// No account: the address of a missing payer.
    public static let zero = FlowAddress(rawValue: 0)

    /// The 8 bytes, big-endian.
    public var bytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: rawValue >> UInt64(56 - 8 * $0)) } }

    /// 16 hexadecimal digits without `0x`, as the access node writes an address.
    public var hex: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// 16 hexadecimal digits behind `0x`, as Cadence writes an address.
    public var description: String { "0x" + hex }

    /// The order of the numbers.
    public static func < (one: FlowAddress, other: FlowAddress) -> Bool { one.rawValue < other.rawValue }

    /// Whether a text has hexadecimal digits only.
    static func isHex(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { $0 &- UInt8(ascii: "0") < 10 || ($0 | 0x20) &- UInt8(ascii: "a") < 6 }
    }
}
