/// Base 64 with the standard alphabet and padding (RFC 4648, section 4).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    static func encode(_ bytes: [UInt8]) -> String {
        let count = (bytes.count + 2) / 3 * 4
        return String(unsafeUninitializedCapacity: count) { text in
            var (source, target) = (0, 0)
            while source < bytes.count {
                let left = bytes.count - source
                let word =
                    UInt32(bytes[source]) << 16 | UInt32(left > 1 ? bytes[source + 1] : 0) << 8
                    | UInt32(left > 2 ? bytes[source + 2] : 0)
                text[target] = alphabet[Int(word >> 18)]
                text[target + 1] = alphabet[Int(word >> 12 & 63)]
                text[target + 2] = left > 1 ? alphabet[Int(word >> 6 & 63)] : UInt8(ascii: "=")
                text[target + 3] = left > 2 ? alphabet[Int(word & 63)] : UInt8(ascii: "=")
                source += 3
                target += 4
            }
            return count
        }
    }

    static func decode(_ text: String) -> [UInt8]? { decode(Array(text.utf8)[...]) }

    /// The bytes; `nil` for other characters, missing padding, or bits behind the end that are not zero.
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var index = text.startIndex
        while index < text.endIndex {
            let isLast = index + 4 == text.endIndex
            let padding =
                isLast && text[index + 3] == UInt8(ascii: "=") ? (text[index + 2] == UInt8(ascii: "=") ? 2 : 1) : 0
            var word: UInt32 = 0
            for position in 0..<4 {
                let value = position >= 4 - padding ? 0 : values[Int(text[index + position])]
                guard value < 64 else { return nil }
                word = word << 6 | UInt32(value)
            }
            bytes.append(UInt8(truncatingIfNeeded: word >> 16))
            if padding < 2 { bytes.append(UInt8(truncatingIfNeeded: word >> 8)) }
            if padding < 1 { bytes.append(UInt8(truncatingIfNeeded: word)) }
            if padding == 2, word & 0xFFFF != 0 { return nil }
            if padding == 1, word & 0xFF != 0 { return nil }
            index += 4
        }
        return bytes
    }
}
