/// Text of events: ids, sessions, agents.
///
/// Printable ASCII, 1–256 bytes, so that every store, hash and terminal takes it for the same text.
enum RecordText {
    static let lengthLimit = UsageEvent.textLimit

    /// Whether text may stand in an event as it is.
    static func isFit(_ text: String) -> Bool {
        (1...lengthLimit).contains(text.utf8.count) && text.allBytes(isPrintable)
    }

    /// Makes text from outside fit for an event: the same text always becomes the same result, and no other does.
    ///
    /// `%`, `~` and every byte that is not printable ASCII are written as `%` and two upper-case hexadecimal digits. What
    /// is then longer than the limit is cut and ends in `~` and 16 digits of the SHA3-256 of the whole.
    static func fit(_ text: String) -> String {
        if text.isEmpty { return "unknown" }
        let isPlain = { (byte: UInt8) in isPrintable(byte) && byte != UInt8(ascii: "%") && byte != UInt8(ascii: "~") }
        if text.utf8.count <= lengthLimit, text.allBytes(isPlain) { return text }
        return escaped(text, limit: lengthLimit, plain: isPlain)
    }

    /// Text with every byte that is not `plain` escaped, cut to `limit` bytes.
    static func escaped(_ text: String, limit: Int, plain: (UInt8) -> Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var escaped: [UInt8] = []
        for byte in text.utf8 {
            if plain(byte) {
                escaped.append(byte)
            } else {
                escaped += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
            if escaped.count > limit { break }
        }
        if escaped.count <= limit { return String(decoding: escaped, as: UTF8.self) }
        var kept = escaped.prefix(limit - 17)
        // An escape is cut whole or not at all.
        if let percent = kept.suffix(2).firstIndex(of: UInt8(ascii: "%")) { kept = kept[..<percent] }
        return String(decoding: kept, as: UTF8.self) + "~" + Digest32.sha3(Array(text.utf8)).description.prefix(16)
    }

    private static func isPrintable(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7f }
}
