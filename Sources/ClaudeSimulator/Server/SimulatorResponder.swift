internal import Claude
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// Routes requests to the parts of the API, and turns their failures into the API's error bodies.
struct SimulatorResponder: HTTPResponder {
    let simulator: ClaudeSimulator

    func respond(to request: Request, context: SimulatorContext) async throws -> Response {
        var exchange = Exchange(request)
        if exchange.path.first == "__simulator" {
            return try await ControlRoutes(simulator: simulator).respond(to: exchange, request)
        }
        if exchange.path == ["api", "hello"] { return Response(status: .ok) }
        do {
            try authenticate(exchange)
            let limit =
                exchange.path.contains("batches")
                ? simulator.configuration.maximumBatchBodyBytes : simulator.configuration.maximumBodyBytes
            exchange.body = try await collect(request, limit: limit)
            identify(&exchange)
            return try await route(exchange, context)
        } catch let failure as APIFailure {
            if exchange.requestID.isEmpty { identify(&exchange) }
            return try await fail(exchange, failure, context)
        }
    }

    // MARK: Before routing

    private func authenticate(_ exchange: Exchange) throws(APIFailure) {
        let bearer = exchange.header("authorization").flatMap { value in
            value.lowercased().hasPrefix("bearer ") ? String(value.dropFirst(7)).trimmingSpaces : nil
        }
        let keys = [exchange.header("x-api-key"), bearer].compactMap(\.self).filter { !$0.isEmpty }
        guard !keys.isEmpty else {
            throw APIFailure(status: 401, message: "x-api-key header or Authorization: Bearer is required")
        }
        let accepted = simulator.configuration.apiKeys
        guard accepted.isEmpty || keys.allSatisfy(accepted.contains) else { throw APIFailure(status: 401) }
    }

    private func collect(_ request: Request, limit: Int) async throws -> [UInt8] {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw APIFailure(status: 413)
        }
        do {
            return Array(buffer: try await request.body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw APIFailure(status: 413)
        }
    }

    private func identify(_ exchange: inout Exchange) {
        let key = exchange.method + " " + exchange.path.joined(separator: "/")
        exchange.generator = simulator.state.withLock {
            $0.generator(seed: simulator.configuration.seed, path: key, body: exchange.body)
        }
        exchange.requestID = exchange.generator.identifier("req_011C")
    }

    // MARK: Routing

    private func route(_ exchange: Exchange, _ context: SimulatorContext) async throws -> Response {
        if exchange.path != ["v1", "messages"], let text = exchange.header("x-simulator-scenario") {
            let scenario = try parse(text)
            if let failure = scenario.failure { throw failure }
        }
        guard exchange.path.first == "v1" else { throw APIFailure(status: 404) }
        switch (Array(exchange.path.dropFirst()), exchange.method) {
        case (["messages"], "POST"):
            return try await MessageRoutes(responder: self).create(exchange, context)
        case (["messages", "count_tokens"], "POST"):
            return try await MessageRoutes(responder: self).count(exchange, context)
        case (["messages", "batches"], "POST"), (["messages", "batches"], "GET"):
            return try await BatchRoutes(responder: self).respond(to: exchange, context)
        case (let path, let method) where path.starts(with: ["messages", "batches"]) && path.count > 2:
            guard BatchRoutes.allows(method, path) else { throw APIFailure(status: 405) }
            return try await BatchRoutes(responder: self).respond(to: exchange, context)
        case (["models"], "GET"): return try await send(exchange, json: try models(exchange.query), context)
        case (let path, "GET") where path.count == 2 && path[0] == "models":
            guard let model = simulator.configuration.models.first(where: { $0.id == path[1] }) else {
                throw APIFailure(status: 404, message: "model: \(path[1])")
            }
            return try await send(exchange, json: model.json, context)
        case (["messages"], _), (["messages", "count_tokens"], _), (["messages", "batches"], _), (["models"], _):
            throw APIFailure(status: 405)
        case (let path, _) where path.count == 2 && path[0] == "models": throw APIFailure(status: 405)
        default: throw APIFailure(status: 404)
        }
    }

    private func models(_ query: [String: String]) throws(APIFailure) -> JSONValue {
        try Page(query).object(simulator.configuration.models.map { ($0.id, $0.json) })
    }

    /// Reads a scenario that a request brings; a wrong one is the request's fault.
    func parse(_ text: String) throws(APIFailure) -> Scenario {
        do {
            return try Scenario(parsing: text)
        } catch {
            throw .invalid("simulator scenario: \(error.message)")
        }
    }

    /// Checks `anthropic-version` and returns it.
    func version(of exchange: Exchange) throws(APIFailure) -> String {
        guard let version = exchange.header("anthropic-version"), !version.isEmpty else {
            throw .invalid("anthropic-version: header is required")
        }
        return version
    }

    /// Parses a JSON body.
    func json(of exchange: Exchange) throws(APIFailure) -> JSONValue {
        if let encoding = exchange.header("content-encoding"), encoding != "identity" {
            throw APIFailure(
                status: 400, message: "content-encoding \(encoding) is not supported",
                errorCode: "request_body_encoding_unsupported")
        }
        do {
            return try JSONValue(parsing: exchange.body)
        } catch {
            throw .invalid("The request body is not valid JSON")
        }
    }
}
