import AsyncHTTPClient
import Claude
import HTTPTypes
import Hummingbird
import Logging
import Metering
import NIOCore
import NIOHTTP1

/// `/v1/messages/batches…`: every customer sees the batches made with its keys, and no others.
struct BatchRoutes: Sendable {
    let upstream: UpstreamClient
    let store: any UsageStore
    let meter: BatchMeter
    let spending: SpendGuard
    let logger: Logger
    let wallClock: @Sendable () -> Timestamp

    private static let root = "/v1/messages/batches"
    /// Pages of the upstream's list that one page of ours may take.
    private static let listPages = 20

    func add(to router: Router<GatewayRequestContext>) {
        router.post("/v1/messages/batches") { try await create($0, $1) }
        router.get("/v1/messages/batches") { try await list($0, $1) }
        router.get("/v1/messages/batches/:id") { try await pass(.get, "", $0, $1) }
        router.post("/v1/messages/batches/:id/cancel") { try await pass(.post, "/cancel", $0, $1) }
        router.delete("/v1/messages/batches/:id") { try await delete($0, $1) }
        router.get("/v1/messages/batches/:id/results") { try await results($0, $1) }
    }

    // MARK: Create

    private func create(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let principal = try caller(context)
        try checkSpending(principal)
        let length = request.headers[.contentLength].flatMap { Int64($0) }
        let body = HTTPClientRequest.Body.stream(request.body, length: length.map { .known($0) } ?? .unknown)
        let answer = try await fetch(.post, Self.root + query(request), request, body: body)
        guard let object = object(answer), let id = object.id else { return response(answer, context) }
        let now = wallClock()
        let batch = BatchRecord(
            id: id, customer: principal.customer, key: principal.key, session: session(request, principal, now),
            created: now)
        do throws(MeteringError) {
            try await store.recordBatch(batch)
        } catch {
            logger.critical(
                "a batch was made but cannot be recorded: its usage will not be metered",
                metadata: ["batch": "\(id)", "customer": "\(principal.customer)", "error": "\(error)"])
            throw APIErrorResponse(503, "The batch was made, but the gateway cannot record it; its id is \(id).")
        }
        return response(answer, context, body: object.rewritten(base: base(request)))
    }

    /// A batch cannot be judged before it has run; but a customer whose caps are reached makes no new one.
    private func checkSpending(_ principal: Principal) throws(APIErrorResponse) {
        guard !principal.limits.isUnlimited else { return }
        switch spending.reserve(principal.customer, upperBound: .zero, now: wallClock()) {
        case .success(let lease): spending.release(lease)
        case .failure(let refusal): throw .spendLimit(refusal, now: wallClock())
        }
    }

    private func session(_ request: Request, _ principal: Principal, _ now: Timestamp) -> SessionID {
        for name in ["x-flowmeter-session", "x-claude-code-session-id"] {
            if let name = HTTPTypes.HTTPField.Name(name), let session = request.headers[name], !session.isEmpty {
                return SessionID(rawValue: session)
            }
        }
        return SessionID(rawValue: "\(principal.key):\(now.day)")
    }

    // MARK: One batch

    private func pass(
        _ method: HTTPRequest.Method, _ suffix: String, _ request: Request, _ context: GatewayRequestContext
    ) async throws -> Response {
        let batch = try await ownBatch(context)
        return try await pass(method, suffix, batch, request, context)
    }

    private func pass(
        _ method: HTTPRequest.Method, _ suffix: String, _ batch: BatchRecord, _ request: Request,
        _ context: GatewayRequestContext
    ) async throws -> Response {
        let answer = try await fetch(method, "\(Self.root)/\(batch.id)\(suffix)\(query(request))", request)
        guard let object = object(answer) else { return response(answer, context) }
        return response(answer, context, body: object.rewritten(base: base(request)))
    }

    /// Deletes a batch, after its results were metered: with it they would be gone.
    private func delete(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let batch = try await ownBatch(context)
        if batch.metered == nil {
            let object = try await describe(batch, request.headers)
            if object?.hasEnded == true {
                try await meterResults(of: batch, endedAt: object?.ended ?? wallClock())
            }
        }
        return try await pass(.delete, "", batch, request, context)
    }

    // MARK: Results

    private func results(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let batch = try await ownBatch(context)
        let object = try await describe(batch, request.headers)
        let answer: HTTPClientResponse
        do throws(UpstreamFailure) {
            answer = try await upstream.send(
                .get, "\(Self.root)/\(batch.id)/results\(query(request))", fields: request.headers)
        } catch {
            throw error.response
        }
        var fields = HTTPFields(answer.headers).forwardable(acceptingResponse: true)
        fields.addRequestID(context.requestID)
        guard answer.status.code == 200 else {
            let body = try await answer.body.collect(upTo: 1 << 20)
            return Response(
                status: .init(code: Int(answer.status.code), reasonPhrase: answer.status.reasonPhrase), headers: fields,
                body: ResponseBody(byteBuffer: body))
        }
        let length = answer.headers.first(name: "content-length").flatMap { Int($0) }
        let time = object?.ended ?? wallClock()
        let isComplete = object?.hasEnded ?? false
        return Response(
            status: .ok, headers: fields,
            body: ResponseBody(contentLength: length) { writer in
                try await stream(answer, of: batch, time: time, closes: isComplete, to: &writer)
            })
    }

    /// Passes results on, each piece when its events are durable.
    ///
    /// When the client leaves, reading goes on without it.
    ///
    /// Concurrent, as the router's writers are: they may not cross from one isolation to another.
    @concurrent
    private func stream(
        _ answer: HTTPClientResponse, of batch: BatchRecord, time: Timestamp, closes: Bool,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        var reading = BatchMeter.Reading(batch: batch, time: time)
        var clientLeft = false
        for try await bytes in answer.body {
            if batch.metered == nil { try await meter.consume(bytes, &reading) }
            if clientLeft { continue }
            do {
                try await writer.write(bytes)
            } catch is ClientLeftError {
                if batch.metered != nil { throw ClientLeftError() }
                clientLeft = true
            }
        }
        if batch.metered == nil {
            try await meter.finish(&reading)
            if closes, reading.malformedLines == 0 { try await store.closeBatch(id: batch.id, at: wallClock()) }
        }
        if !clientLeft { try await writer.finish(nil) }
    }

    /// Reads a batch's results for nobody but the meter.
    func meterResults(of batch: BatchRecord, endedAt time: Timestamp) async throws {
        let answer = try await upstream.send(
            .get, "\(Self.root)/\(batch.id)/results", fields: [.anthropicVersion: "2023-06-01"])
        guard answer.status.code == 200 else {
            throw UpstreamFailure.malformed("status \(answer.status.code) for the results of a batch")
        }
        var reading = BatchMeter.Reading(batch: batch, time: time)
        for try await bytes in answer.body { try await meter.consume(bytes, &reading) }
        try await meter.finish(&reading)
        if reading.malformedLines == 0 { try await store.closeBatch(id: batch.id, at: wallClock()) }
    }

    /// The upstream's description of a batch; `nil` when it knows none of that id.
    func describe(_ batch: BatchRecord, _ fields: HTTPFields) async throws -> BatchObject? {
        var fields = fields
        fields[.contentLength] = nil
        if fields[.anthropicVersion] == nil { fields[.anthropicVersion] = "2023-06-01" }
        let answer = try await upstream.fetch(.get, "\(Self.root)/\(batch.id)", fields: fields)
        if answer.status == 404 { return nil }
        guard answer.isSuccess else {
            throw UpstreamFailure.malformed("status \(answer.status) for a batch")
        }
        do throws(ClaudeError) {
            return try BatchObject(Array(answer.body.readableBytesView))
        } catch {
            throw UpstreamFailure.malformed("a batch that is not JSON")
        }
    }

    // MARK: List

    /// The caller's own batches among the upstream's, which lists those of all customers.
    private func list(_ request: Request, _ context: GatewayRequestContext) async throws -> Response {
        let principal = try caller(context)
        let parameters = request.uri.queryParameters
        let limit = parameters["limit"].flatMap { Int($0) } ?? 20
        guard (1...1000).contains(limit) else { throw APIErrorResponse(400, "limit must be from 1 to 1000.") }
        let own = Set(
            try await read { () throws(MeteringError) in
                try await store.batches(of: principal.customer, limit: 100_000)
            }.map(\.id))
        let goesBack = parameters["before_id"] != nil
        var cursor = (parameters["before_id"] ?? parameters["after_id"]).map { String($0) }
        if let cursor, !own.contains(cursor) { throw APIErrorResponse(404, "No message batch has the id \(cursor).") }

        var found: [BatchObject] = []
        var hasMore = true
        var pages = 0
        while hasMore, found.count <= limit, pages < Self.listPages {
            pages += 1
            let position = cursor.map { "&\(goesBack ? "before_id" : "after_id")=\($0)" } ?? ""
            let answer = try await fetch(.get, "\(Self.root)?limit=1000\(position)", request)
            guard answer.isSuccess else { return response(answer, context) }
            // What cannot be read cannot be filtered, and so is not shown to anyone.
            guard let page = page(answer) else { throw UpstreamFailure.malformed("a list of batches").response }
            let mine = page.objects.filter { $0.id.map(own.contains) ?? false }
            found = goesBack ? mine + found : found + mine
            cursor = (goesBack ? page.objects.first : page.objects.last)?.id
            hasMore = page.hasMore && cursor != nil
        }
        let shown = goesBack ? found.suffix(limit) : found.prefix(limit)
        return .json(
            Self.page(shown, hasMore: hasMore || shown.count < found.count, base: base(request)))
    }

    private static func page(_ objects: ArraySlice<BatchObject>, hasMore: Bool, base: String) -> String {
        let data = objects.map { String(decoding: $0.rewritten(base: base), as: UTF8.self) }.joined(separator: ",")
        let first = objects.first?.id.map { "\"\($0.jsonEscaped)\"" } ?? "null"
        let last = objects.last?.id.map { "\"\($0.jsonEscaped)\"" } ?? "null"
        return "{\"data\":[\(data)],\"has_more\":\(hasMore),\"first_id\":\(first),\"last_id\":\(last)}"
    }

    // MARK: Inside

    private func caller(_ context: GatewayRequestContext) throws(APIErrorResponse) -> Principal {
        guard let principal = context.principal else { throw APIErrorResponse(401, "x-api-key header is required.") }
        return principal
    }

    /// The batch of the path, if it is the caller's.
    ///
    /// Whether another customer has it is nobody's business.
    private func ownBatch(_ context: GatewayRequestContext) async throws -> BatchRecord {
        let principal = try caller(context)
        let id = context.parameters.get("id") ?? ""
        if BatchObject.isID(id),
            let batch = try await read({ () throws(MeteringError) in try await store.batch(id: id) }),
            batch.customer == principal.customer
        {
            return batch
        }
        throw APIErrorResponse(404, "No message batch has this id.")
    }

    private func read<Value>(_ body: () async throws(MeteringError) -> Value) async throws(APIErrorResponse) -> Value {
        do throws(MeteringError) {
            return try await body()
        } catch {
            logger.error("the store cannot be read", metadata: ["error": "\(error)"])
            throw APIErrorResponse(503, "The gateway's store cannot be read; try again later.")
        }
    }

    private func fetch(
        _ method: HTTPRequest.Method, _ target: String, _ request: Request, body: HTTPClientRequest.Body? = nil
    ) async throws(APIErrorResponse) -> UpstreamAnswer {
        do throws(UpstreamFailure) {
            return try await upstream.fetch(method, target, fields: request.headers, body: body)
        } catch {
            logger.warning("the upstream failed", metadata: ["failure": "\(error.logText)"])
            throw error.response
        }
    }

    /// The batch in an answer; `nil` for an error of the upstream or anything else, which is passed on as it is.
    private func object(_ answer: UpstreamAnswer) -> BatchObject? {
        guard answer.isSuccess else { return nil }
        do throws(ClaudeError) {
            return try BatchObject(Array(answer.body.readableBytesView))
        } catch {
            logger.warning("an answer about a batch cannot be read", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func page(_ answer: UpstreamAnswer) -> (objects: [BatchObject], hasMore: Bool)? {
        do throws(ClaudeError) {
            return try BatchObject.page(Array(answer.body.readableBytesView))
        } catch {
            logger.warning("a list of batches cannot be read", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func response(
        _ answer: UpstreamAnswer, _ context: GatewayRequestContext, body: [UInt8]? = nil
    ) -> Response {
        var fields = answer.fields.forwardable(acceptingResponse: true)
        fields.addRequestID(context.requestID)
        return Response(
            status: HTTPResponse.Status(code: answer.status), headers: fields,
            body: ResponseBody(byteBuffer: body.map { ByteBuffer(bytes: $0) } ?? answer.body))
    }

    private func query(_ request: Request) -> String {
        guard let path = request.head.path, let mark = path.firstIndex(of: "?") else { return "" }
        return String(path[mark...])
    }

    /// The gateway's address as the client wrote it.
    private func base(_ request: Request) -> String {
        let isSecure = HTTPTypes.HTTPField.Name("x-forwarded-proto").flatMap { request.headers[$0] } == "https"
        return "\(isSecure ? "https" : "http")://\((request.head.authority ?? "localhost").jsonEscaped)"
    }
}

extension HTTPFields {
    /// Gives a response its id, if the upstream gave none.
    fileprivate mutating func addRequestID(_ id: String) {
        guard let name = HTTPTypes.HTTPField.Name("request-id"), self[name] == nil else { return }
        self[name] = id
    }
}

extension HTTPTypes.HTTPField.Name {
    /// `anthropic-version`.
    static let anthropicVersion = Self("anthropic-version") ?? .accept
}
