import Logging
import Metering
import NIOCore

/// Tells logs and metrics how calls ended.
///
/// Never content, never secrets.
final class GatewayTelemetry: Sendable {
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// One line for a call that failed; good ones are told at debug level only.
    func callEnded(
        route: Route, status: Int, event: UsageEvent?, outcome: String?, requestID: String?, customer: CustomerID,
        key: APIKeyID, duration: TimeAmount
    ) {
        let level: Logger.Level = outcome == nil && status < 500 ? .debug : .warning
        guard level >= logger.logLevel else { return }
        logger.log(
            level: level, outcome == nil ? "call" : "call failed",
            metadata: [
                "route": "\(route.name)", "status": "\(status)", "outcome": "\(outcome ?? "complete")",
                "request_id": "\(requestID ?? "")", "customer": "\(customer)", "key": "\(key)",
                "milliseconds": "\(duration.nanoseconds / 1_000_000)",
            ])
    }
}
