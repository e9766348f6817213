/// Numbers for people, made from exact decimal text.
enum NumberText {
    /// A whole number with thousands separators.
    static func grouped(_ number: some BinaryInteger) -> String { grouped(String(number)) }

    /// A count with its noun: `1 event`, `1,000 events`.
    static func counted(_ number: some BinaryInteger, _ noun: String) -> String {
        grouped(number) + " " + noun + (number == 1 ? "" : "s")
    }

    /// Whether the text is a decimal number, and not a word or a dash that stands for none.
    static func isDecimal(_ text: String) -> Bool { text.last?.isNumber == true }

    /// Exact decimal text with thousands separators and at least `fractionDigits` digits after the point.
    static func money(_ decimal: String, fractionDigits: Int) -> String {
        let parts = decimal.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        let padded = fraction + String(repeating: "0", count: max(0, fractionDigits - fraction.count))
        return grouped(String(parts[0])) + (padded.isEmpty ? "" : "." + padded)
    }

    /// How many digits exact decimal text has after its point.
    static func fractionDigits(_ decimal: String) -> Int {
        guard let point = decimal.firstIndex(of: ".") else { return 0 }
        return decimal.distance(from: point, to: decimal.endIndex) - 1
    }

    /// A count of bytes with a binary unit and one digit after the point, rounded down.
    static func bytes(_ count: Int64) -> String {
        let units = ["KiB", "MiB", "GiB", "TiB"]
        guard count >= 1024 else { return "\(count) B" }
        var tenths = count.multipliedReportingOverflow(by: 10).partialValue / 1024
        var unit = 0
        while tenths >= 10_240, unit < units.count - 1 {
            tenths /= 1024
            unit += 1
        }
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    /// A span of time as `0:07`, `12:34` or `1:02:03`.
    static func duration(seconds: Int64) -> String {
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
        let tail = rest < 10 ? "0\(rest)" : "\(rest)"
        guard hours > 0 else { return "\(minutes):\(tail)" }
        return "\(hours):\(minutes < 10 ? "0" : "")\(minutes):\(tail)"
    }

    private static func grouped(_ digits: String) -> String {
        let sign = digits.hasPrefix("-") ? "-" : ""
        let plain = Array(digits.dropFirst(sign.count))
        var result = ""
        for (index, digit) in plain.enumerated() {
            if index > 0, (plain.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return sign + result
    }
}
