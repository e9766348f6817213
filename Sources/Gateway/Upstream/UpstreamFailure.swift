/// Why a call could not be completed by the upstream.
enum UpstreamFailure: Error, Hashable {
    /// It could not be connected to.
    case connect(String)
    /// It closed the connection before the response was complete.
    case closed
    /// What it sent is not HTTP/1.1.
    case malformed(String)
    /// It sent nothing for too long.
    case timeout

    /// What a client gets when nothing was sent to it yet.
    var response: APIErrorResponse {
        switch self {
        case .connect: APIErrorResponse(502, "The gateway cannot reach the upstream API.")
        case .closed: APIErrorResponse(502, "The upstream API closed the connection before it answered.")
        case .malformed: APIErrorResponse(502, "The upstream API gave an answer that is not valid HTTP.")
        case .timeout: APIErrorResponse(504, "The upstream API did not answer in time.")
        }
    }

    /// For the operator's log.
    var logText: String {
        switch self {
        case .connect(let reason): "connect: \(reason)"
        case .closed: "closed early"
        case .malformed(let reason): "malformed: \(reason)"
        case .timeout: "timeout"
        }
    }
}
