import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// One request for the router: what a task of the server's takes from the bridge and answers.
struct RouterJob: Sendable {
    let request: Request
    let source: GatewayRequestContext.Source
    let response: RouterResponseWriter

    /// Answers the request.
    ///
    /// Returns when the response is written, or the client is gone.
    func run(_ responder: some HTTPResponder<GatewayRequestContext>) async {
        do {
            let answer = try await responder.respond(to: request, context: GatewayRequestContext(source: source))
            try await response.begin(answer)
            try await answer.body.write(response)
        } catch is ClientLeftError {
            // lint: dropped. Nobody is there to be told.
        } catch {
            source.logger.error("a request failed", metadata: ["error": "\(error)"])
            await response.fail()
        }
        await response.over()
    }
}

/// The client left before its response was written.
struct ClientLeftError: Error {}

/// Writes a response of the router to the client's connection, no faster than the client takes it.
struct RouterResponseWriter: ResponseBodyWriter, Sendable {
    private let exchange: NIOLoopBound<RouterExchange>
    private let eventLoop: any EventLoop

    init(_ exchange: RouterExchange, eventLoop: any EventLoop) {
        self.exchange = NIOLoopBound(exchange, eventLoop: eventLoop)
        self.eventLoop = eventLoop
    }

    func begin(_ response: Response) async throws { try await onLoop { $0.begin(response, $1) } }

    func write(_ buffer: ByteBuffer) async throws { try await onLoop { $0.write(buffer, $1) } }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws { try await onLoop { $0.finish($1) } }

    /// The response cannot be completed.
    func fail() async { await onLoop { $0.fail() } }

    /// The task is done with the request, however it ended.
    func over() async { await onLoop { $0.over() } }

    private func onLoop(
        _ body: @escaping @Sendable (RouterExchange, CheckedContinuation<Void, any Error>) -> Void
    ) async throws {
        try await withCheckedThrowingContinuation { continuation in
            eventLoop.execute { [exchange] in body(exchange.value, continuation) }
        }
    }

    private func onLoop(_ body: @escaping @Sendable (RouterExchange) -> Void) async {
        await withCheckedContinuation { continuation in
            eventLoop.execute { [exchange] in
                body(exchange.value)
                continuation.resume()
            }
        }
    }
}
