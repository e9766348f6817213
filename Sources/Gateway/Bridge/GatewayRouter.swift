import HTTPTypes
import Hummingbird
import NIOCore
import PrometheusMetrics

/// Everything that is not a hot pass-through, as routes of a router.
enum GatewayRouter {
    /// Makes the responder of all routes.
    static func make(core: GatewayCore, batches: BatchRoutes) -> RouterResponder<GatewayRequestContext> {
        let router = Router(context: GatewayRequestContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: APIErrorMiddleware())
        router.get("/healthz") { _, _ in Response.json(#"{"status":"ok"}"#) }
        router.get("/readyz") { _, context in
            if context.isDraining { throw APIErrorResponse(503, "The gateway is shutting down.") }
            guard core.health.isHealthy else {
                throw APIErrorResponse(503, "The store does not take events; the gateway's log says why.")
            }
            return Response.json(#"{"status":"ready"}"#)
        }
        if let metrics = core.metrics {
            router.get("/metrics") { _, _ in
                Response(
                    status: .ok, headers: [.contentType: PrometheusRegistry.contentType],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text())))
            }
        }
        batches.add(to: router)
        if let file = core.configuration.operatorKeys {
            ReceiptRoutes(
                store: core.store, signer: ReceiptSigner(file: file), logger: core.logger, wallClock: core.wallClock
            ).add(to: router)
        }
        if let epochs = core.epochs { EpochRoutes(epochs: epochs, logger: core.logger).add(to: router) }
        return router.buildResponder()
    }
}

extension Response {
    /// A JSON answer.
    static func json(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

/// Gives every error of the routes the shape of the API's.
struct APIErrorMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: GatewayRequestContext,
        next: @concurrent (Request, GatewayRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as APIErrorResponse {
            return error.response(requestID: context.requestID)
        } catch let error as any HTTPResponseError {
            let message =
                error.status == .notFound
                ? "There is nothing at this path." : "\(error.status.reasonPhrase): the request cannot be answered."
            return APIErrorResponse(error.status.code, message).response(requestID: context.requestID)
        }
    }
}

extension APIErrorResponse {
    /// The same answer in the router's terms.
    func response(requestID: String) -> Response {
        var response = Response.json(
            body(requestID: requestID), status: HTTPResponse.Status(code: status, reasonPhrase: Self.reason(of: status))
        )
        for header in headers {
            if let name = HTTPTypes.HTTPField.Name(header.name) { response.headers[name] = header.value }
        }
        return response
    }
}
