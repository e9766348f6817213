internal import Gateway
internal import Metering

/// Looks whether the upstream can be reached, and whether its clock agrees.
struct UpstreamCheck: Sendable {
    var context: CommandContext

    /// How far the clocks may be apart, in milliseconds.
    private static let skewLimit: Int64 = 60_000

    func findings(_ settings: Settings) async throws -> [Finding] {
        let upstream: UpstreamURL
        do throws(CommandError) { upstream = try ServeConfiguration.upstream(settings) } catch {
            return [.failed("upstream", error.message, fix: error.fix)]
        }
        guard let answer = try await HTTPProbe.ask(.head, "\(upstream)/api/hello", seconds: 5) else {
            return [
                .failed(
                    "upstream", "\(upstream) cannot be reached",
                    fix: "check the network, DNS, firewall and proxy, or FLOWMETER_UPSTREAM")
            ]
        }
        guard answer.status < 500 else {
            return [
                .warning(
                    "upstream", "\(upstream) answers with HTTP \(answer.status)",
                    fix: "look at its status page, and try again later")
            ]
        }
        var findings: [Finding] = [.ok("upstream", "\(upstream) answers")]
        if let date = answer.date.flatMap(HTTPDate.timestamp) {
            let skew = abs(date.milliseconds - context.now().milliseconds)
            if skew > Self.skewLimit {
                findings.append(
                    .failed(
                        "time", "this machine's clock and the upstream's differ by \(skew / 1000) s",
                        fix: "set the clock, and keep it right with NTP: events are rated by their time"))
            }
        }
        return findings
    }
}

/// Times as HTTP writes them: `Mon, 23 Nov 2026 20:00:00 GMT` (RFC 9110 §5.6.7).
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func timestamp(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", parts[1].count == 2, parts[4].count == 8,
            let month = months.firstIndex(of: String(parts[2]))
        else { return nil }
        let number = month + 1
        do {
            return try Timestamp(
                text: "\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z")
        } catch { return nil }
    }
}
