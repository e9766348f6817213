import NIOCore
import Testing

@testable import Gateway

@Suite("Routes")
struct RouteTests {
    @Test(
        "a path and method have their route",
        arguments: [
            ("POST", "/v1/messages", Route.messages), ("POST", "/v1/messages?beta=true", .messages),
            ("GET", "/v1/messages", .wrongMethod(allow: "POST")),
            ("POST", "/v1/messages/count_tokens?beta=true", .countTokens), ("GET", "/v1/models?limit=1000", .models),
            ("GET", "/v1/models/claude-opus-5-5", .models), ("GET", "/v1/models/claude-opus-5-5[1m]", .models),
            ("DELETE", "/v1/models/x", .wrongMethod(allow: "GET")),
            ("GET", "/v1/models/", .router), ("GET", "/v1/models/../organizations", .router),
            ("GET", "/v1/models/..", .router), ("GET", "/v1/models/a%2f..", .router),
            ("GET", "/v1/models/a/b", .router),
            ("HEAD", "/api/hello", .hello), ("GET", "/api/hello", .hello), ("POST", "/v1/messages/batches", .batches),
            ("GET", "/v1/messages/batches/x/results", .batches), ("GET", "/healthz", .router),
            ("POST", "/v1/messages/", .router), ("POST", "//v1/messages", .router), ("POST", "/V1/messages", .router),
            ("POST", "/v1/complete", .router), ("HEAD", "/readyz", .router),
            ("POST", "/healthz", .wrongMethod(allow: "GET, HEAD")), ("GET", "/metrics", .metrics),
            ("POST", "/metrics", .wrongMethod(allow: "GET, HEAD")), ("GET", "/metrics/", .router),
            ("GET", "/v1/messages/batches?limit=1", .batches), ("DELETE", "/v1/messages/batches/x", .batches),
            ("POST", "/v1/messages/batches/x/cancel", .batches),
            ("PUT", "/v1/messages/batches", .wrongMethod(allow: "GET, POST")),
            ("POST", "/v1/messages/batches/x", .wrongMethod(allow: "DELETE, GET")),
            ("GET", "/v1/messages/batches/x/cancel", .wrongMethod(allow: "POST")),
            ("DELETE", "/v1/messages/batches/x/results", .wrongMethod(allow: "GET")),
            ("PATCH", "/v1/messages/batches/", .router), ("GET", "/v1/messages/batches/x/", .router),
            ("GET", "/v1/messages/batchesX", .router), ("GET", "/v1/messages/batches/x/other", .router),
        ])
    func routes(_ method: String, _ target: String, _ route: Route) throws {
        let head = try RequestHead(parsing: ByteBuffer(string: "\(method) \(target) HTTP/1.1\r\nhost: a\r\n\r\n"))
        #expect(Route(head) == route)
    }
}
