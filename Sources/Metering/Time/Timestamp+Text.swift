extension Timestamp: CustomStringConvertible {
    /// Parses an RFC 3339 moment such as `2026-11-23T20:50:00.123Z`, or a day, which stands for its first moment.
    ///
    /// Offsets such as `+02:00` are understood. Fractions finer than a millisecond are cut off.
    ///
    /// - Throws: `invalidInput` when the text is neither, or names a day or time that does not exist.
    public init(text: some StringProtocol) throws(MeteringError) {
        guard let timestamp = Timestamp(utf8: Array(text.utf8)) else {
            throw MeteringError(
                .invalidInput,
                "not a time: \(quoted(text)); write it as YYYY-MM-DD or like 2026-11-23T20:50:00Z")
        }
        self = timestamp
    }

    private init?(utf8 bytes: [UInt8]) {
        guard let day = Day(utf8: bytes[...]) else { return nil }
        var milliseconds = day.start.milliseconds
        if bytes.count == 10 {
            self.init(milliseconds: milliseconds)
            return
        }
        guard bytes.count >= 20, bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"), let hour = bytes[11..<13].decimalValue, hour < 24,
            let minute = bytes[14..<16].decimalValue, minute < 60,
            let second = bytes[17..<19].decimalValue, second < 60
        else { return nil }
        milliseconds += ((hour * 60 + minute) * 60 + second) * 1000

        var rest = bytes[19...]
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: \.isDigit)
            guard !fraction.isEmpty else { return nil }
            for (byte, weight) in zip(fraction, [100, 10, 1] as [Int64]) {
                milliseconds += Int64(byte - UInt8(ascii: "0")) * weight
            }
            rest = rest[fraction.endIndex...]
        }
        guard let offset = Self.offsetInMinutes(rest) else { return nil }
        self.init(milliseconds: milliseconds - offset * 60_000)
    }

    private static func offsetInMinutes(_ text: ArraySlice<UInt8>) -> Int64? {
        guard let sign = text.first else { return nil }
        if sign | 0x20 == UInt8(ascii: "z") { return text.count == 1 ? 0 : nil }
        let digits = Array(text.dropFirst())
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), digits.count == 5,
            digits[2] == UInt8(ascii: ":"), let hours = digits[..<2].decimalValue, hours < 24,
            let minutes = digits[3...].decimalValue, minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -1 : 1)
    }

    /// The moment as `2026-11-23T20:50:00.123Z`.
    public var description: String {
        let ofDay = milliseconds - day.start.milliseconds
        let seconds = ofDay / 1000
        return """
            \(day)T\(Self.padded(seconds / 3600, 2)):\(Self.padded(seconds / 60 % 60, 2)):\
            \(Self.padded(seconds % 60, 2)).\(Self.padded(ofDay % 1000, 3))Z
            """
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
