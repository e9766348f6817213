/// Where a request goes: straight through on the event loop, or to the router.
enum Route: Hashable, Sendable {
    /// `POST /v1/messages`: passed through and metered.
    case messages
    /// `POST /v1/messages/count_tokens`: passed through, free.
    case countTokens
    /// `GET /v1/models` and `/v1/models/{id}`: passed through, free.
    case models
    /// `HEAD /api/hello`: Claude Code's start-up probe, answered here.
    case hello
    /// `/v1/messages/batches…`: answered by the router, for a customer.
    ///
    /// Bodies may be larger here.
    case batches
    /// `/api/v1/…`: answered by the router, for a customer or the administrator.
    case management
    /// `/metrics`: answered by the router, for the administrator and programs of this machine.
    case metrics
    /// Everything else, answered by the router for anyone who asks.
    case router
    /// A path that exists with a method it does not have; the methods it has.
    case wrongMethod(allow: String)

    /// The route of a request: by its path, never by its query.
    init(_ request: RequestHead) {
        self = request.withPath { Self.route(method: request.method, path: $0) }
    }

    /// A low-cardinality name for metrics and logs.
    var name: String {
        switch self {
        case .messages: "/v1/messages"
        case .countTokens: "/v1/messages/count_tokens"
        case .models: "/v1/models"
        case .hello: "/api/hello"
        case .batches: "/v1/messages/batches"
        case .management: "/api/v1"
        case .metrics: "/metrics"
        case .router: "router"
        case .wrongMethod: "wrong_method"
        }
    }

    private static func route(method: RequestHead.Method, path: UnsafeRawBufferPointer) -> Route {
        if path.elementsEqual("/v1/messages".utf8) {
            return method == .post ? .messages : .wrongMethod(allow: "POST")
        }
        if path.elementsEqual("/v1/messages/count_tokens".utf8) {
            return method == .post ? .countTokens : .wrongMethod(allow: "POST")
        }
        if path.elementsEqual("/v1/models".utf8) || isModel(path) {
            return method == .get ? .models : .wrongMethod(allow: "GET")
        }
        if path.elementsEqual("/api/hello".utf8) {
            return method == .head || method == .get ? .hello : .wrongMethod(allow: "GET, HEAD")
        }
        if path.elementsEqual("/healthz".utf8) || path.elementsEqual("/readyz".utf8) {
            return method == .head || method == .get ? .router : .wrongMethod(allow: "GET, HEAD")
        }
        if path.elementsEqual("/metrics".utf8) {
            return method == .head || method == .get ? .metrics : .wrongMethod(allow: "GET, HEAD")
        }
        if path.starts(with: "/api/v1/".utf8) { return .management }
        return batches(method: method, path: path) ?? .router
    }

    /// The route of a path below `/v1/messages/batches`, or `nil` when the API has no such path.
    private static func batches(method: RequestHead.Method, path: UnsafeRawBufferPointer) -> Route? {
        guard path.starts(with: "/v1/messages/batches".utf8) else { return nil }
        let segments = path["/v1/messages/batches".utf8.count...].split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard segments.first?.isEmpty ?? true else { return nil }  // `/v1/messages/batchesX`.
        func takes(_ allowed: [RequestHead.Method: StaticString]) -> Route {
            if allowed[method] != nil { return .batches }
            return .wrongMethod(allow: allowed.values.map { "\($0)" }.sorted().joined(separator: ", "))
        }
        switch segments.count {
        case 0, 1: return takes([.get: "GET", .post: "POST"])
        case 2 where !segments[1].isEmpty: return takes([.get: "GET", .delete: "DELETE"])
        case 3 where segments[2].elementsEqual("cancel".utf8): return takes([.post: "POST"])
        case 3 where segments[2].elementsEqual("results".utf8): return takes([.get: "GET"])
        default: return nil
        }
    }

    /// Whether `path` is `/v1/models/{id}`.
    ///
    /// The id is one segment of plain characters, so that no request can walk to another endpoint with the operator's
    /// key.
    private static func isModel(_ path: UnsafeRawBufferPointer) -> Bool {
        let prefix: StaticString = "/v1/models/"
        guard path.count > prefix.utf8CodeUnitCount, path.starts(with: "/v1/models/".utf8) else { return false }
        let id = UnsafeRawBufferPointer(rebasing: path[prefix.utf8CodeUnitCount...])
        guard id.first != UInt8(ascii: ".") else { return false }
        return id.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "["), UInt8(ascii: "]"):
                true
            default: false
            }
        }
    }
}
