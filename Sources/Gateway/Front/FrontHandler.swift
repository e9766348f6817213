import Metering
import NIOCore

/// A client's connection: takes requests off the wire, one at a time, and hands each to its exchange.
///
/// Requests that come while one is answered (pipelining) wait in ``input``; when that grows, reading stops.
final class FrontHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// Between requests, or within a head.
        case head(HeadFinder)
        /// A request is being answered.
        case exchange
        /// The last response was sent; the rest of the client's bytes is thrown away until it closes.
        case lingering
        case closed
    }

    /// How much of the next requests is read ahead.
    private static let inputLimit = 64 * 1024
    /// How long a connection with an unread request stays to let the client read its answer.
    private static let lingerTime = TimeAmount.seconds(2)

    let loop: LoopContext
    private(set) var context: ChannelHandlerContext?
    private var state: State
    private var input: ByteBuffer?
    private var isProcessing = false
    private var isPausedByExchange = false
    private var isReading = true

    private var exchange: (any ClientExchange)?
    private var body = BodyDecoder(.none)
    private var bodyLimit = 0
    private var requestIsComplete = true
    private var keepsAlive = true
    private var responseBegan = false
    private var responseEnded = false
    private var framing = ForwardedHeaders.ClientFraming.none
    private var toHead = false
    private(set) var isHTTP10 = false
    private var isContinueAwaited = false
    private var isHeadTimed = false
    private var deadline = NIODeadline.distantFuture
    private var authenticator = Authenticator()
    private(set) lazy var isLoopback = Self.isLoopback(context?.channel.remoteAddress)

    init(loop: LoopContext) {
        self.loop = loop
        state = .head(HeadFinder(limit: loop.core.configuration.limits.headBytes))
    }

    // MARK: Used by exchanges

    var isWritable: Bool { context?.channel.isWritable ?? false }
    var hasResponse: Bool { responseBegan }

    /// Begins the response.
    ///
    /// The head is not flushed: its body usually follows at once.
    func begin(_ head: ByteBuffer, framing: ForwardedHeaders.ClientFraming) {
        responseBegan = true
        self.framing = framing
        if framing == .untilClose { keepsAlive = false }
        write(head)
    }

    /// Whether the connection will be closed after the response, which its head must say.
    var closesAfterResponse: Bool {
        // While the request is still coming in, nobody can know where the next one would begin.
        if !keepsAlive || loop.isDraining || !requestIsComplete { keepsAlive = false }
        return !keepsAlive
    }

    /// Sends a piece of the response's body.
    func send(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0, !toHead else { return }
        guard framing == .chunked else { return write(bytes) }
        var out = loop.takeScratch()
        out.writeHexadecimal(bytes.readableBytes)
        out.writeStaticString("\r\n")
        if bytes.readableBytes <= 16 * 1024 {
            out.writeImmutableBuffer(bytes)
            out.writeStaticString("\r\n")
            write(out)
            loop.giveScratch(out)
        } else {
            write(out)
            write(bytes)
            write(Self.endOfLine)
        }
    }

    func flush() { context?.flush() }

    /// The response is complete; flushes it.
    func end() {
        guard responseBegan, !responseEnded else { return }
        if framing == .chunked, !toHead { write(Self.lastChunk) }
        responseEnded = true
        context?.flush()
        finishIfOver()
    }

    /// The response cannot be completed: closing is the only way to say so after its head.
    func breakOff() {
        exchange = nil
        finishWriting()
    }

    /// Answers with an error of the gateway's own and returns its request id.
    @discardableResult
    func answer(_ error: APIErrorResponse, requestID: String? = nil) -> String {
        let id = requestID ?? loop.nextRequestID()
        guard !responseBegan else {
            breakOff()
            return id
        }
        var out = loop.takeScratch()
        error.write(requestID: id, closes: closesAfterResponse, toHead: toHead, to: &out)
        begin(out, framing: .none)
        end()
        loop.giveScratch(out)
        return id
    }

    /// Another exchange goes on with the request.
    func replaceExchange(with other: any ClientExchange) { exchange = other }

    /// Stops or resumes reading the request, so that a slow upstream slows the client and not fills the memory.
    func setReading(_ reads: Bool) {
        isPausedByExchange = !reads
        updateReading()
        if reads { resumeInput() }
    }

    // MARK: Used by the loop

    func checkDeadline(_ now: NIODeadline) {
        guard now >= deadline else { return }
        deadline = .distantFuture
        switch state {
        case .head:
            guard input != nil else { return close() }
            giveUp(APIErrorResponse(408, "The request's header did not arrive in time."))
        case .exchange:
            if !requestIsComplete, !responseBegan, !isPausedByExchange {
                giveUp(APIErrorResponse(408, "The request's body did not arrive in time."))
            } else {
                close()  // The client takes nothing of its response.
            }
        case .lingering, .closed:
            close()
        }
    }

    func drain() {
        if case .head = state, input == nil { close() }
    }

    func close() { context?.close(promise: nil) }

    // MARK: ChannelInboundHandler

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
        deadline = loop.now + loop.core.configuration.timeouts.requestHead
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if case .lingering = state { return }
        if var input {
            self.input = nil
            input.writeBuffer(&bytes)
            bytes = input
        }
        process(&bytes)
        keep(bytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) { exchange?.requestReadComplete() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        if case .exchange = state, requestIsComplete {
            deadline = isWritable ? .distantFuture : loop.now + loop.core.configuration.timeouts.clientStall
        }
        exchange?.clientWritabilityChanged(isWritable)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .outputClosed? = event as? ChannelEvent, case .lingering = state else { return }
        if requestIsComplete { close() } else { deadline = loop.now + Self.lingerTime }
    }

    func channelInactive(context: ChannelHandlerContext) { leave() }

    func handlerRemoved(context: ChannelHandlerContext) {
        // A connection that was closed before it became active never becomes inactive either.
        leave()
        self.context = nil
    }

    private func leave() {
        if case .closed = state { return }
        state = .closed
        deadline = .distantFuture
        input = nil
        loop.core.connectionClosed()
        let exchange = self.exchange
        self.exchange = nil
        exchange?.clientLeft()
        loop.remove(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: The request's bytes

    private func keep(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        switch state {
        case .lingering, .closed: return
        case .head, .exchange:
            input = bytes
            updateReading()
        }
    }

    /// Works on bytes that were kept while nobody could take them.
    private func resumeInput() {
        guard !isProcessing, var bytes = input else { return }
        input = nil
        process(&bytes)
        keep(bytes)
        updateReading()
        exchange?.requestReadComplete()
    }

    private func updateReading() {
        let reads = !isPausedByExchange && (input?.readableBytes ?? 0) < Self.inputLimit
        guard reads != isReading, let context else { return }
        isReading = reads
        do {
            try context.channel.syncOptions?.setOption(.autoRead, value: reads)
        } catch {
            context.close(promise: nil)  // Only a closed channel refuses this.
        }
    }

    private func process(_ bytes: inout ByteBuffer) {
        guard !isProcessing else { return }
        isProcessing = true
        defer { isProcessing = false }
        do throws(HTTPSyntaxError) {
            while try step(&bytes) {}
        } catch {
            refuse(error)
        }
    }

    /// Takes the next thing from the bytes; `false` when there is nothing more to do with them for now.
    private func step(_ bytes: inout ByteBuffer) throws(HTTPSyntaxError) -> Bool {
        switch state {
        case .head(var finder):
            guard bytes.readableBytes > 0 else { return false }
            let head = try finder.takeHead(from: &bytes)
            state = .head(finder)
            guard let head else {
                if !isHeadTimed {
                    isHeadTimed = true
                    deadline = loop.now + loop.core.configuration.timeouts.requestHead
                }
                return false
            }
            isHeadTimed = false
            try begin(RequestHead(parsing: head))
            return true
        case .exchange:
            guard !requestIsComplete, !isPausedByExchange else { return false }
            let piece = try body.decode(&bytes)
            guard body.count <= bodyLimit else {
                throw HTTPSyntaxError(413, "the body is larger than \(bodyLimit) bytes")
            }
            if let piece {
                deadline = loop.now + loop.core.configuration.timeouts.requestBody
                exchange?.requestBody(piece)
            }
            if body.isFinished {
                requestIsComplete = true
                deadline = .distantFuture
                exchange?.requestEnd()
                finishIfOver()
                return true
            }
            return piece != nil && bytes.readableBytes > 0
        case .lingering, .closed:
            return false
        }
    }

    private func begin(_ request: RequestHead) throws(HTTPSyntaxError) {
        state = .exchange
        responseBegan = false
        responseEnded = false
        keepsAlive = request.keepsAlive
        isHTTP10 = request.isHTTP10
        toHead = request.method == .head
        body = BodyDecoder(request.framing)
        requestIsComplete = body.isFinished
        deadline = requestIsComplete ? .distantFuture : loop.now + loop.core.configuration.timeouts.requestBody
        let route = Route(request)
        let limits = loop.core.configuration.limits
        bodyLimit = route == .batches ? limits.batchBodyBytes : limits.bodyBytes
        if case .length(let length) = request.framing, length > bodyLimit {
            throw HTTPSyntaxError(413, "the body is larger than \(bodyLimit) bytes")
        }
        start(request, route)
        if requestIsComplete { exchange?.requestEnd() }
        isContinueAwaited = request.expectsContinue && !requestIsComplete
        sendContinue()
    }

    /// Lets a client that waits for it send the body, once it is known that somebody takes it.
    private func sendContinue() {
        guard isContinueAwaited, exchange != nil, !responseBegan else { return }
        isContinueAwaited = false
        write(Self.continueResponse)
        context?.flush()
    }

    private func start(_ request: RequestHead, _ route: Route) {
        switch route {
        case .hello:
            return answerHello()
        case .wrongMethod(let allow):
            answer(
                APIErrorResponse(
                    405, "This path takes \(allow) only.",
                    headers: [APIErrorResponse.Header(name: "allow", value: allow)]))
        case .messages, .countTokens, .models, .batches:
            switch authenticate(request) {
            case .accepted(let principal): forward(request, route, principal)
            case .refused(let reason): answer(APIErrorResponse(401, reason))
            case .unknownKey: lookAgain(request, route)
            }
        case .router:
            exchange = RouterExchange.start(request, nil, front: self)
        }
    }

    private func answerHello() {
        var out = loop.takeScratch()
        out.writeString("HTTP/1.1 200 OK\r\nrequest-id: \(loop.nextRequestID())\r\n")
        out.writeLengthLine(0)
        if closesAfterResponse { out.writeStaticString("connection: close\r\n") }
        out.writeStaticString("\r\n")
        begin(out, framing: .none)
        end()
        loop.giveScratch(out)
    }

    private func authenticate(_ request: RequestHead) -> Authentication {
        authenticator.authenticate(request.fields, isLoopback: isLoopback, access: loop.core.directory.access)
    }

    private func forward(_ request: RequestHead, _ route: Route, _ principal: Principal) {
        guard route != .batches else {
            exchange = RouterExchange.start(request, principal, front: self)
            return
        }
        if route == .messages, !principal.limits.isUnlimited {
            exchange = ReservingExchange(front: self, request: request, route: route, principal: principal)
            return
        }
        let call = ProxyCall(front: self, request: request, route: route, principal: principal)
        exchange = call
        call.start()
    }

    /// An unknown key may be younger than what was last read of the store: look there, then decide.
    private func lookAgain(_ request: RequestHead, _ route: Route) {
        let front = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let request = NIOLoopBound(request, eventLoop: loop.eventLoop)
        isPausedByExchange = true
        let looks = loop.core.directory.refresh(now: loop.eventLoop.now) { [eventLoop = loop.eventLoop] in
            eventLoop.execute { front.value.lookedAgain(request.value, route) }
        }
        if !looks {
            isPausedByExchange = false
            answer(APIErrorResponse(401, Authenticator.unknownKeyMessage))
        }
    }

    private func lookedAgain(_ request: RequestHead, _ route: Route) {
        guard case .exchange = state else { return }
        switch authenticate(request) {
        case .accepted(let principal):
            forward(request, route, principal)
            if requestIsComplete { exchange?.requestEnd() }
            sendContinue()
            setReading(true)
        case .refused, .unknownKey:
            answer(APIErrorResponse(401, Authenticator.unknownKeyMessage))
        }
    }

    // MARK: The end of a request

    /// Bytes that are no request, or a request that is too large.
    private func refuse(_ error: HTTPSyntaxError) {
        giveUp(
            error.status == 413
                ? APIErrorResponse(413, "Request is too large: \(error.reason).") : APIErrorResponse(error))
    }

    /// Answers a request that will not be read to its end, and closes: nobody knows where the next one would begin.
    private func giveUp(_ error: APIErrorResponse) {
        let exchange = self.exchange
        self.exchange = nil
        exchange?.clientLeft()
        if case .head = state {
            responseBegan = false
            responseEnded = false
            toHead = false
        }
        state = .exchange
        keepsAlive = false
        requestIsComplete = false
        answer(error)
    }

    private func finishIfOver() {
        guard case .exchange = state, responseEnded else { return }
        exchange = nil
        isPausedByExchange = false
        guard requestIsComplete, keepsAlive, !loop.isDraining else { return finishWriting() }
        state = .head(HeadFinder(limit: loop.core.configuration.limits.headBytes))
        deadline = loop.now + loop.core.configuration.timeouts.keepAlive
        updateReading()
        resumeInput()
    }

    /// Closes the connection when everything was sent.
    ///
    /// With a request unread, closing at once would reset it, and the answer might never be read (RFC 9112 §9.6): then
    /// the rest is thrown away for a while.
    private func finishWriting() {
        state = .lingering
        input = nil
        isPausedByExchange = false
        deadline = loop.now + loop.core.configuration.timeouts.clientStall
        updateReading()
        context?.close(mode: .output, promise: nil)
    }

    private func write(_ bytes: ByteBuffer) { context?.write(wrapOutboundOut(bytes), promise: nil) }

    private static let endOfLine = ByteBuffer(string: "\r\n")
    private static let lastChunk = ByteBuffer(string: "0\r\n\r\n")
    private static let continueResponse = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")

    private static func isLoopback(_ address: SocketAddress?) -> Bool {
        guard let ip = address?.ipAddress else { return true }  // A Unix socket or a test: local by nature.
        return ip.hasPrefix("127.") || ip == "::1" || ip.hasPrefix("::ffff:127.")
    }
}
