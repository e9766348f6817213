import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// One request that a task answers: carries its body to the task and the task's response to the client, each no faster
/// than the other side takes it.
final class RouterExchange: ClientExchange {
    private typealias Body = NIOThrowingAsyncSequenceProducer<
        ByteBuffer, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, BodyDelegate
    >

    private let loop: LoopContext
    private let requestID: String
    private var front: FrontHandler?
    private var body: Body.Source?
    private var writer: CheckedContinuation<Void, any Error>?

    private init(front: FrontHandler, requestID: String) {
        self.front = front
        self.requestID = requestID
        loop = front.loop
    }

    /// Hands a request to the server's tasks.
    static func start(
        _ request: RequestHead, _ principal: Principal?, isAdministrator: Bool = false, front: FrontHandler
    ) -> RouterExchange {
        let loop = front.loop
        let requestID = loop.nextRequestID()
        let exchange = RouterExchange(front: front, requestID: requestID)
        var logger = loop.core.logger
        logger[metadataKey: "request_id"] = "\(requestID)"
        loop.callBegan()
        loop.core.jobs.yield(
            RouterJob(
                request: Request(head: HTTPRequest(request), body: exchange.makeBody(request.framing)),
                source: GatewayRequestContext.Source(
                    logger: logger, requestID: requestID, principal: principal, isAdministrator: isAdministrator,
                    isLoopback: front.isLoopback, isDraining: loop.isDraining),
                response: RouterResponseWriter(exchange, eventLoop: loop.eventLoop)))
        return exchange
    }

    private func makeBody(_ framing: BodyFraming) -> RequestBody {
        guard framing != .none, framing != .length(0) else { return RequestBody(buffer: ByteBuffer()) }
        let made = Body.makeSequence(
            elementType: ByteBuffer.self, failureType: (any Error).self,
            backPressureStrategy: .init(lowWatermark: 2, highWatermark: 8), finishOnDeinit: true,
            delegate: BodyDelegate(
                exchange: NIOLoopBound(self, eventLoop: loop.eventLoop), eventLoop: loop.eventLoop))
        body = made.source
        return RequestBody(asyncSequence: made.sequence)
    }

    // MARK: The request

    func requestBody(_ bytes: ByteBuffer) {
        switch body?.yield(bytes) {
        case .stopProducing: front?.setReading(false)
        case .produceMore, .dropped, nil: break
        }
    }

    func requestEnd() {
        body?.finish()
        body = nil
    }

    func requestReadComplete() {}

    /// The task wants more of the body, or none any more: then what still comes is thrown away as it is read.
    private func resumeReading() { front?.setReading(true) }

    // MARK: The client

    func clientWritabilityChanged(_ isWritable: Bool) {
        if isWritable { resumeWriter(.success(())) }
    }

    func clientLeft() {
        front = nil
        body?.finish(ClientLeftError())
        body = nil
        resumeWriter(.failure(ClientLeftError()))
    }

    // MARK: The response

    func begin(_ response: Response, _ continuation: CheckedContinuation<Void, any Error>) {
        guard let front, !front.hasResponse else { return continuation.resume(throwing: ClientLeftError()) }
        let framing: ForwardedHeaders.ClientFraming =
            if let length = response.body.contentLength {
                .length(length)
            } else {
                front.isHTTP10 ? .untilClose : .chunked
            }
        var out = loop.takeScratch()
        out.writeResponseHead(response, framing: framing, requestID: requestID, closes: front.closesAfterResponse)
        front.begin(out, framing: framing)
        loop.giveScratch(out)
        // A body that comes in pieces may be a long time coming; others follow at once.
        if framing == .chunked { front.flush() }
        continuation.resume()
    }

    func write(_ bytes: ByteBuffer, _ continuation: CheckedContinuation<Void, any Error>) {
        guard let front else { return continuation.resume(throwing: ClientLeftError()) }
        front.send(bytes)
        front.flush()
        if front.isWritable { continuation.resume() } else { writer = continuation }
    }

    func finish(_ continuation: CheckedContinuation<Void, any Error>) {
        guard let front else { return continuation.resume(throwing: ClientLeftError()) }
        self.front = nil
        front.end()
        continuation.resume()
    }

    /// Answers with 500, or breaks the response off when it has begun.
    func fail() {
        let front = self.front
        self.front = nil
        front?.answer(APIErrorResponse(500, "The gateway could not answer; its log says why."), requestID: requestID)
    }

    func over() {
        front = nil
        loop.callEnded()
    }

    private func resumeWriter(_ result: Result<Void, any Error>) {
        let writer = self.writer
        self.writer = nil
        writer?.resume(with: result)
    }

    /// Tells the connection when the task wants more of the request's body.
    struct BodyDelegate: NIOAsyncSequenceProducerDelegate, Sendable {
        let exchange: NIOLoopBound<RouterExchange>
        let eventLoop: any EventLoop

        func produceMore() { eventLoop.execute { [exchange] in exchange.value.resumeReading() } }

        func didTerminate() { eventLoop.execute { [exchange] in exchange.value.resumeReading() } }
    }
}

extension HTTPRequest {
    /// The same request in the router's terms.
    init(_ request: RequestHead) {
        self.init(
            method: HTTPRequest.Method(rawValue: request.methodString) ?? .get, scheme: nil,
            authority: request.fields.firstString(.host), path: request.targetString)
        for field in request.fields.fields where field.kind != .host {
            guard let name = HTTPTypes.HTTPField.Name(request.fields.name(field)) else { continue }
            headerFields.append(HTTPTypes.HTTPField(name: name, value: request.fields.string(field)))
        }
    }
}

extension ByteBuffer {
    /// Writes the head of a response of the router.
    fileprivate mutating func writeResponseHead(
        _ response: Response, framing: ForwardedHeaders.ClientFraming, requestID: String, closes: Bool
    ) {
        writeStaticString("HTTP/1.1 ")
        writeDecimal(response.status.code)
        writeString(" \(response.status.reasonPhrase)\r\n")
        var hasRequestID = false
        for field in response.headers {
            switch field.name.canonicalName {
            case "content-length", "transfer-encoding", "connection": continue
            case "request-id": hasRequestID = true
            default: break
            }
            writeString("\(field.name.rawName): \(field.value)\r\n")
        }
        if !hasRequestID { writeString("request-id: \(requestID)\r\n") }
        switch framing {
        case .length(let length): writeLengthLine(length)
        case .chunked: writeStaticString("transfer-encoding: chunked\r\n")
        case .none, .untilClose: break
        }
        if closes || framing == .untilClose { writeStaticString("connection: close\r\n") }
        writeStaticString("\r\n")
    }
}
