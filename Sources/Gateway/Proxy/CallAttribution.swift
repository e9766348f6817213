import Metering

/// What splits a customer's usage, as the request states it.
///
/// Clients can forge it; it never decides who is billed.
struct CallAttribution {
    /// The session; `nil` when no header names it.
    var session: SessionID?
    /// The subagent.
    var agent: String?
    /// The `request-id` of the response.
    var requestID: String?

    /// Reads the headers of a request.
    ///
    /// Those of routes that are not metered are not looked at.
    init(_ fields: HTTPFieldSet, isMetered: Bool) {
        guard isMetered else { return }
        let session = Self.value(.flowmeterSession, in: fields) ?? Self.value(.claudeSession, in: fields)
        self.session = session.map { SessionID(rawValue: $0) }
        agent = Self.value(.claudeAgent, in: fields)
    }

    private static func value(_ kind: HTTPFieldKind, in fields: HTTPFieldSet) -> String? {
        guard let value = fields.firstString(kind), !value.isEmpty else { return nil }
        return value
    }
}
