/// A request to an access node, below its base path `/v1`.
public struct AccessRequest: Sendable, Hashable {
    /// The path with its query, from the first slash behind `/v1`.
    public var path: String
    /// The JSON body of a POST; `nil` for a GET.
    public var body: [UInt8]?

    /// Creates a request.
    public init(path: String, body: [UInt8]? = nil) {
        self.path = path
        self.body = body
    }
}

/// What an access node answered.
public struct AccessResponse: Sendable, Hashable {
    /// The HTTP status.
    public var status: Int
    /// How long the node asks to wait before the next request (`Retry-After` in seconds).
    public var retryAfter: Duration?
    /// The body.
    public var body: [UInt8]

    /// Creates an answer.
    public init(status: Int, retryAfter: Duration? = nil, body: [UInt8]) {
        self.status = status
        self.retryAfter = retryAfter
        self.body = body
    }
}

/// How requests reach access nodes.
public protocol AccessTransport: Sendable {
    /// Sends a request to a node and returns its whole answer, whatever its status.
    ///
    /// Cancelling the task ends it early. It throws ``FlowError/Code/timedOut`` when there was no answer in time, and
    /// ``FlowError/Code/unavailable`` when the node could not be reached or the connection broke.
    func send(
        _ request: AccessRequest, to node: AccessNode, timeout: Duration
    ) async throws(FlowError) -> AccessResponse
}
