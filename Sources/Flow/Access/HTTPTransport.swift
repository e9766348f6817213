public import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NetworkErrors

/// Requests over HTTP, by AsyncHTTPClient.
public struct HTTPTransport: AccessTransport {
    /// The largest answer that is read: a full range of events stays well below.
    public static let bodyLimit = 256 << 20

    private let client: HTTPClient

    /// Creates a transport on a client that the caller shuts down.
    ///
    /// It should not try again by itself to connect (`connectionPool.retryConnectionEstablishment`): it would spend the time
    /// in which another node could be asked.
    public init(_ client: HTTPClient) { self.client = client }

    /// Creates a transport on a client that all such transports share; it is never shut down.
    public init() { client = Self.shared }

    private static let shared = HTTPClient(
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration(connectionsPerNode: 64))

    /// Runs `body` with a client of its own, which is shut down afterwards.
    ///
    /// - Parameters:
    ///   - connectionsPerNode: How many requests a node gets at once. A ``KeyPool`` wants three for each of its keys where
    ///     answers take as long as blocks do.
    ///   - trustedAuthorities: Certificates in PEM that are trusted besides the system's.
    public static func withTransport<Value: Sendable>(
        connectionsPerNode: Int = 64, trustedAuthorities: [String] = [],
        _ body: (HTTPTransport) async throws -> Value
    ) async throws -> Value {
        var configuration = configuration(connectionsPerNode: connectionsPerNode)
        configuration.tlsConfiguration = try TrustedAuthorities.configuration(trustedAuthorities)
        return try await HTTPClient.withHTTPClient(configuration: configuration) { client in
            try await body(HTTPTransport(client))
        }
    }

    private static func configuration(connectionsPerNode: Int) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(5)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionsPerNode
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// Sends the request and collects the answer.
    public func send(
        _ request: AccessRequest, to node: AccessNode, timeout: Duration
    ) async throws(FlowError) -> AccessResponse {
        var message = HTTPClientRequest(url: node.url + request.path)
        message.headers.add(name: "accept", value: "application/json")
        for (name, value) in node.headers { message.headers.replaceOrAdd(name: name, value: value) }
        if let body = request.body {
            message.method = .POST
            message.headers.add(name: "content-type", value: "application/json")
            message.body = .bytes(ByteBuffer(bytes: body))
        }
        do {
            let deadline = NIODeadline.now() + TimeAmount(timeout)
            let response = try await client.execute(message, deadline: deadline)
            let body = try await response.body.collect(upTo: Self.bodyLimit)
            let retryAfter = response.headers.first(name: "retry-after").flatMap { Int64($0) }
            return AccessResponse(
                status: Int(response.status.code), retryAfter: retryAfter.map { .seconds(min(max($0, 0), 3600)) },
                body: Array(buffer: body))
        } catch let error as NIOTooManyBytesError {
            throw FlowError(.unavailable, "\(node) answered with more than \(Self.bodyLimit >> 20) MiB", cause: error)
        } catch let error as HTTPClientError where Self.isTimeout(error) {
            throw FlowError(.timedOut, "\(node) did not answer within \(timeout)", cause: error)
        } catch {
            throw FlowError(
                .unavailable, "\(node) cannot be reached: \(NetworkProblem.text(error))", cause: error)
        }
    }

    private static func isTimeout(_ error: HTTPClientError) -> Bool {
        error == .deadlineExceeded || error == .readTimeout || error == .writeTimeout || error == .connectTimeout
            || error == .getConnectionFromPoolTimeout
    }
}
