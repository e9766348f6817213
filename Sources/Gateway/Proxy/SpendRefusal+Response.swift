import Metering

extension APIErrorResponse {
    /// The refusal of a call over its customer's cap, in the form that Claude Code shows to its user and does not retry
    /// (Anthropic's gateway specification, spend limits).
    static func spendLimit(_ refusal: SpendRefusal, now: Timestamp) -> APIErrorResponse {
        var headers = [Header(name: "x-should-retry", value: "false")]
        var resets = ""
        headers.append(Header(name: "anthropic-ratelimit-unified-status", value: "rejected"))
        if let time = refusal.resets {
            let seconds = String(time.milliseconds / 1000)
            let wait = max(1, (time.milliseconds - now.milliseconds + 999) / 1000)
            headers.append(Header(name: "retry-after", value: String(wait)))
            headers.append(Header(name: "anthropic-ratelimit-unified-reset", value: seconds))
            headers.append(Header(name: "anthropic-ratelimit-unified-overage-reset", value: seconds))
            headers.append(
                Header(name: "anthropic-ratelimit-unified-overage-period", value: refusal.window.rawValue))
            resets = " · resets \(time)"
        }
        headers.append(Header(name: "anthropic-ratelimit-unified-overage-utilization", value: "1"))
        headers.append(Header(name: "anthropic-ratelimit-unified-overage-surpassed-threshold", value: "1"))
        headers.append(
            Header(name: "anthropic-ratelimit-unified-overage-disabled-reason", value: "org_spend_cap_reached"))
        return APIErrorResponse(
            429, type: "billing_error",
            "spend limit reached\(resets) · ask the operator of this gateway to raise the \(refusal.window.rawValue) cap",
            headers: headers)
    }
}
