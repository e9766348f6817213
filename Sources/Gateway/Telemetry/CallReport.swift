import Claude
import Metering
import NIOCore

/// How one pass-through call ended: what logs and metrics tell of it.
///
/// Never content, never secrets.
struct CallReport {
    var route: Route
    /// The response's status; 0 when there was none.
    var status: Int
    /// What went wrong; `nil` when nothing did.
    var problem: String?
    var record: MessageRecord?
    /// What the call was recorded as; `nil` when it was not metered.
    var event: UsageEvent?
    /// Whether the same call was on record before.
    var isDuplicate = false
    var requestID: String?
    var principal: Principal
    var duration: TimeAmount
    /// From the request to the response's head.
    var timeToHead: TimeAmount?
}
