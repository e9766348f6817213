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
    let reservations: (any SharedReservations)?
    let logger: Logger
    let wallClock: @Sendable () -> Timestamp

    static let root = "/v1/messages/batches"

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
        try await checkSpending(principal)
        do throws(MeteringError) {
            // A batch that cannot be recorded afterwards would be billed by the provider and not be metered.
            _ = try await store.directoryVersion()
        } catch {
            throw APIErrorResponse(503, "The gateway cannot record a batch now; try again later.")
        }
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
    private func checkSpending(_ principal: Principal) async throws(APIErrorResponse) {
        guard !principal.limits.isUnlimited || spending.isSubscriber(principal.customer) else { return }
        let reservations = principal.limits.isUnlimited ? nil : reservations
        switch spending.reserve(
            principal.customer, upperBound: .zero, now: wallClock(), checksLimits: reservations == nil)
        {
        case .success(let lease): spending.release(lease)
        case .failure(let refusal): throw .spendLimit(refusal, now: wallClock())
        }
        guard let reservations else { return }
        let now = wallClock()
        let answer = await withCheckedContinuation { continuation in
            reservations.reserve(principal.customer, limits: principal.limits, upperBound: .zero, now: now) {
                continuation.resume(returning: $0)
            }
        }
        switch answer {
        case .success(.granted(let lease, _)): reservations.release(lease)
        case .success(.refused(let refusal)): throw .spendLimit(refusal, now: now)
        case .failure: throw .unknownStanding
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

    // MARK: Inside

    func caller(_ context: GatewayRequestContext) throws(APIErrorResponse) -> Principal {
        guard let principal = context.principal else { throw APIErrorResponse(401, "x-api-key header is required.") }
        return principal
    }

    /// The batch of the path, if it is the caller's.
    ///
    /// Whether another customer has it is nobody's business.
    func ownBatch(_ context: GatewayRequestContext) async throws -> BatchRecord {
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

    func read<Value>(_ body: () async throws(MeteringError) -> Value) async throws(APIErrorResponse) -> Value {
        do throws(MeteringError) {
            return try await body()
        } catch {
            logger.error("the store cannot be read", metadata: ["error": "\(error)"])
            throw APIErrorResponse(503, "The gateway's store cannot be read; try again later.")
        }
    }

    func fetch(
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
    func object(_ answer: UpstreamAnswer) -> BatchObject? {
        guard answer.isSuccess else { return nil }
        do throws(ClaudeError) {
            return try BatchObject(Array(answer.body.readableBytesView))
        } catch {
            logger.warning("an answer about a batch cannot be read", metadata: ["error": "\(error)"])
            return nil
        }
    }

    func page(_ answer: UpstreamAnswer) -> (objects: [BatchObject], hasMore: Bool)? {
        do throws(ClaudeError) {
            return try BatchObject.page(Array(answer.body.readableBytesView))
        } catch {
            logger.warning("a list of batches cannot be read", metadata: ["error": "\(error)"])
            return nil
        }
    }

    func response(
        _ answer: UpstreamAnswer, _ context: GatewayRequestContext, body: [UInt8]? = nil
    ) -> Response {
        var fields = answer.fields.forwardable(acceptingResponse: true)
        fields.addRequestID(context.requestID)
        return Response(
            status: HTTPResponse.Status(code: answer.status), headers: fields,
            body: ResponseBody(byteBuffer: body.map { ByteBuffer(bytes: $0) } ?? answer.body))
    }

    func query(_ request: Request) -> String {
        guard let path = request.head.path, let mark = path.firstIndex(of: "?") else { return "" }
        return String(path[mark...])
    }

    /// The gateway's address as the client wrote it.
    func base(_ request: Request) -> String {
        let isSecure = HTTPTypes.HTTPField.Name("x-forwarded-proto").flatMap { request.headers[$0] } == "https"
        return "\(isSecure ? "https" : "http")://\((request.head.authority ?? "localhost").jsonEscaped)"
    }
}

extension HTTPFields {
    /// Gives a response its id, if the upstream gave none.
    mutating func addRequestID(_ id: String) {
        guard let name = HTTPTypes.HTTPField.Name("request-id"), self[name] == nil else { return }
        self[name] = id
    }
}

extension HTTPTypes.HTTPField.Name {
    /// `anthropic-version`.
    static let anthropicVersion = Self("anthropic-version") ?? .accept
}
