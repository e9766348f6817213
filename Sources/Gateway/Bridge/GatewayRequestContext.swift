public import Hummingbird
public import Logging

/// What a route of the router knows about a request beside the request itself.
public struct GatewayRequestContext: RequestContext {
    /// Where a context comes from: the bridge between a client's connection and the router.
    public struct Source: RequestContextSource, Sendable {
        /// The logger of the request.
        public let logger: Logger
        let requestID: String
        let principal: Principal?
        let isAdministrator: Bool
        let isLoopback: Bool
        let isDraining: Bool
    }

    /// What the router keeps per request.
    public var coreContext: CoreRequestContextStorage
    /// The `request-id` of the response.
    public let requestID: String
    /// Whether the peer is on this machine.
    public let isLoopback: Bool
    /// Who makes the request; `nil` when the route asks for nobody.
    let principal: Principal?
    /// Whether the request came with the administrator's token.
    let isAdministrator: Bool
    /// Whether the server is shutting down.
    let isDraining: Bool

    /// Creates the context of one request.
    public init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        requestID = source.requestID
        principal = source.principal
        isLoopback = source.isLoopback
        isAdministrator = source.isAdministrator
        isDraining = source.isDraining
    }
}
