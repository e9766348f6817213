import Metering

extension SpendStanding {
    /// The header lines that tell a customer with caps how it stands, or `nil` without a cap.
    ///
    /// Of several caps the one counts of which the most is used. The names and thresholds are those of Anthropic's gateway
    /// specification; Claude Code warns its user by them when it is signed in to a gateway by `/login`.
    func headerLines(now: Timestamp) -> String? {
        let day = now.day
        let windows: [(cap: PicoUSD?, settled: PicoUSD, resets: Timestamp?)] = [
            (limits.lifetime, lifetime, nil),
            (limits.monthly, monthly, day.month.next.firstDay.start),
            (limits.daily, daily, Timestamp(milliseconds: day.start.milliseconds + 86_400_000)),
        ]
        var nearest: (hundredths: Int128, resets: Timestamp?)?
        for case (let cap?, let settled, let resets) in windows {
            let hundredths = Self.hundredths(of: settled, cap)
            if nearest.map({ hundredths > $0.hundredths }) ?? true { nearest = (hundredths, resets) }
        }
        return nearest.map { Self.lines(hundredths: $0.hundredths, resets: $0.resets) }
    }

    /// How much of a cap is used, rounded down; a call that was answered is below the cap.
    private static func hundredths(of settled: PicoUSD, _ cap: PicoUSD) -> Int128 {
        guard cap > .zero else { return 99 }
        // Caps are amounts of money, far from where the product would overflow; those that are not are nearly used up.
        let (product, overflows) = max(0, settled.rawValue).multipliedReportingOverflow(by: 100)
        return overflows ? 99 : min(99, product / cap.rawValue)
    }

    private static func lines(hundredths: Int128, resets: Timestamp?) -> String {
        let prefix = "anthropic-ratelimit-unified"
        let threshold = hundredths >= 95 ? "0.95" : hundredths >= 75 ? "0.75" : nil
        let status = threshold == nil ? "allowed" : "allowed_warning"
        var lines = "\(prefix)-status: \(status)\r\n\(prefix)-representative-claim: overage\r\n"
        lines += "\(prefix)-overage-status: \(status)\r\n"
        lines += "\(prefix)-overage-utilization: 0.\(hundredths < 10 ? "0" : "")\(hundredths)\r\n"
        if let threshold { lines += "\(prefix)-overage-surpassed-threshold: \(threshold)\r\n" }
        if let resets {
            let seconds = resets.milliseconds / 1000
            lines += "\(prefix)-reset: \(seconds)\r\n\(prefix)-overage-reset: \(seconds)\r\n"
        }
        return lines
    }
}
