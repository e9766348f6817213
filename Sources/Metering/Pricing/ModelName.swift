/// A model's name as SKUs hold it: canonical, and safe to print, store and hash whatever the wire said.
///
/// Names that differ only in a context-size mark or a release date have one price, so both are removed:
/// `claude-haiku-4-5-20251001[1m]` becomes `claude-haiku-4-5` (reference: model ids come with and without date suffix,
/// and Claude Code users may write `[1m]`).
public struct ModelName: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The text of the name.
    public let rawValue: String
    /// Wraps a name without checking it; for names that are constants of the program.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The text of the name.
    public var description: String { rawValue }

    /// Stands for a response that did not name its model.
    ///
    /// No price book can price it.
    public static let unknown = ModelName(rawValue: "unknown")
    /// The most characters a name has.
    public static let lengthLimit = 128

    /// Makes a canonical name of what the wire said.
    ///
    /// `nil` and empty text become ``unknown``.
    public init(wire text: String?) {
        self.init(rawValue: Self.displayable(text.map { Self.withoutSuffixes($0[...]) }))
    }

    /// Accepts text that is a canonical name already, and nothing else.
    public init?(canonical text: some StringProtocol) {
        let name = Substring(text)
        guard Self.isCanonical(name) else { return nil }
        self.rawValue = String(name)
    }

    /// Whether text is a canonical name already.
    static func isCanonical(_ name: Substring) -> Bool {
        (1...lengthLimit).contains(name.utf8.count) && isWellFormed(name)
            && withoutSuffixes(name).utf8.count == name.utf8.count
    }

    /// A model's name as the wire said it, made safe for records: the text itself whenever it is well formed.
    ///
    /// Every byte outside `[A-Za-z0-9._:@-]` is written as `%` and two upper-case hexadecimal digits. What is then
    /// longer than ``lengthLimit`` is cut and ends in `~` and 16 digits of the SHA3-256 of the whole, so that two long
    /// names stay two names.
    public static func displayable(_ text: Substring?) -> String {
        guard let text, !text.isEmpty else { return unknown.rawValue }
        let name = String(text)
        if name.utf8.count <= lengthLimit, name.allBytes(isPlain) { return name }
        return RecordText.escaped(name, limit: lengthLimit, plain: isPlain)
    }

    /// The name without a trailing `[1m]` and then a trailing `-YYYYMMDD`.
    static func withoutSuffixes(_ text: Substring) -> Substring {
        var name = text.utf8
        if name.count > 4, name.suffix(4).elementsEqual("[1m]".utf8) { name = name.dropLast(4) }
        // A date is eight digits from 20000101 on: month and day have to be possible.
        let tail = name.suffix(9)
        guard name.count > 9, tail.first == UInt8(ascii: "-"), let date = tail.dropFirst().decimalValue,
            date / 1_000_000 == 20, (1...12).contains(date / 100 % 100), (1...31).contains(date % 100)
        else { return Substring(name) }
        return Substring(name.dropLast(9))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte.isLetter || byte.isDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "@")
    }

    private static func isWellFormed(_ name: Substring) -> Bool {
        var digitsDue = 0
        for byte in name.utf8 {
            if digitsDue > 0 {
                guard byte.isDigit || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte) else { return false }
                digitsDue -= 1
            } else if byte == UInt8(ascii: "%") {
                digitsDue = 2
            } else if !isPlain(byte), byte != UInt8(ascii: "~") {
                return false
            }
        }
        return digitsDue == 0
    }
}
