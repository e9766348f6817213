/// What the access node's HTTP statuses and error bodies mean.
enum AccessFailure {
    /// How much of a node's text becomes part of an error.
    private static let textLimit = 2000

    /// Whether repeating the request can help.
    static func isPassing(_ status: Int) -> Bool { status == 429 || status == 408 || status >= 500 }

    /// Whether another node may answer where this one does not let the client in: a redirection, or a key that it wants.
    static func isOfNode(_ status: Int) -> Bool { (300..<400).contains(status) || (401...403).contains(status) }

    /// The error of an answer; `nil` for a success.
    static func error(_ response: AccessResponse) -> FlowError? {
        guard !(200..<300).contains(response.status) else { return nil }
        let text = message(response.body)
        let shown = String(text.prefix(textLimit))
        switch response.status {
        case 300..<400:
            // Not followed: a transaction would be posted to whatever a node names.
            return FlowError(
                .refused,
                "the access node's address leads elsewhere (HTTP \(response.status)): name the address behind the "
                    + "redirection, often https:// in place of http://")
        case 404: return FlowError(.notFound, shown)
        case 429: return FlowError(.rateLimited, "the access node wants fewer requests (HTTP 429): \(shown)")
        case 408, 500...: return FlowError(.unavailable, "the access node failed (HTTP \(response.status)): \(shown)")
        default:
            let failure = ExecutionFailure(message: text)
            if failure.code != nil { return FlowError(.executionFailed, shown, execution: failure) }
            return FlowError(.refused, "the access node refused the request (HTTP \(response.status)): \(shown)")
        }
    }

    /// The `message` of an error body; of a body in another form, its text.
    private static func message(_ body: [UInt8]) -> String {
        do throws(FlowError) {
            return try JSONDocument(body).root["message"].string()
        } catch {
            return String(decoding: body.prefix(textLimit), as: UTF8.self)
        }
    }
}
