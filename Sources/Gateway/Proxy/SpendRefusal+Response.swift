import Metering

extension APIErrorResponse {
    /// How long a client waits for running calls to give back what they reserved, in seconds.
    private static let passingWait = "5"

    /// The refusal of a call over its customer's cap.
    ///
    /// When only running calls are in the way, the client is told to try again soon. Else it gets the form that Claude
    /// Code shows to its user and does not retry (Anthropic's gateway specification, spend limits).
    static func spendLimit(_ refusal: SpendRefusal, now: Timestamp) -> APIErrorResponse {
        guard !refusal.isPassing else {
            return APIErrorResponse(
                429,
                "calls that are running have reserved the rest of the \(refusal.window.rawValue) cap; try again when "
                    + "they have ended",
                headers: [
                    Header(name: "x-should-retry", value: "true"), Header(name: "retry-after", value: passingWait),
                ])
        }
        var headers = [Header(name: "x-should-retry", value: "false")]
        var resets = ""
        headers.append(Header(name: "anthropic-ratelimit-unified-status", value: "rejected"))
        if let time = refusal.resets {
            let seconds = String(time.milliseconds / 1000)
            let wait = max(1, (time.milliseconds - now.milliseconds + 999) / 1000)
            headers.append(Header(name: "retry-after", value: String(wait)))
            headers.append(Header(name: "anthropic-ratelimit-unified-reset", value: seconds))
            headers.append(Header(name: "anthropic-ratelimit-unified-overage-reset", value: seconds))
            if let period = refusal.window.overagePeriod {
                headers.append(Header(name: "anthropic-ratelimit-unified-overage-period", value: period))
            }
            resets = " · resets \(time)"
        }
        headers.append(Header(name: "anthropic-ratelimit-unified-overage-utilization", value: "1"))
        headers.append(Header(name: "anthropic-ratelimit-unified-overage-surpassed-threshold", value: "1"))
        headers.append(
            Header(name: "anthropic-ratelimit-unified-overage-disabled-reason", value: "org_spend_cap_reached"))
        let why =
            refusal.remaining == .zero
            ? ""
            : " · this call may cost \(refusal.upperBound) USD, \(refusal.remaining) USD are left; lower max_tokens"
        return APIErrorResponse(
            429, type: "billing_error",
            "spend limit reached\(resets)\(why) · \(refusal.window.advice)",
            headers: headers)
    }

    /// What other gateways have let through is not known: a cap that is hard cannot be held now.
    static let unknownStanding = APIErrorResponse(
        503, "The gateway cannot check this customer's spend limit now; try again later.",
        headers: [Header(name: "x-should-retry", value: "true"), Header(name: "retry-after", value: passingWait)])

    /// A call whose price has no bound: its `max_tokens` is missing or cannot be read.
    static let unboundedCall = APIErrorResponse(
        400, "max_tokens: Field required. The gateway cannot read it, and this customer has a spend limit.")
}

extension SpendWindow {
    /// The window as the API's header names it.
    fileprivate var overagePeriod: String? {
        switch self {
        case .daily: "daily"
        case .monthly, .period: "monthly"
        case .lifetime, .escrow, .epoch, .subscription: nil
        }
    }

    /// What can be done about it.
    fileprivate var advice: String {
        switch self {
        case .daily, .monthly, .lifetime: "ask the operator of this gateway to raise the \(rawValue) cap"
        case .escrow: "pay into the escrow of your subscription"
        case .epoch, .period: "wait, or raise the cap per \(rawValue) of your subscription"
        case .subscription: "your subscription is paused, cancelled, or at its lifetime cap"
        }
    }
}
