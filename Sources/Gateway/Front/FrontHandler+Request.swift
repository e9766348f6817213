import Metering
import NIOCore

// A request whose head has come: who makes it, and what works on it.
extension FrontHandler {
    private static let continueResponse = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")

    func begin(_ request: RequestHead) throws(HTTPSyntaxError) {
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
        case .management where isAdministrator(request), .metrics where isAdministrator(request):
            exchange = RouterExchange.start(request, nil, isAdministrator: true, front: self)
        case .messages, .countTokens, .models, .batches, .management:
            switch authenticate(request) {
            case .accepted(let principal): forward(request, route, principal)
            case .refused(let reason): answer(APIErrorResponse(401, reason))
            case .unknownKey: lookAgain(request, route)
            }
        case .metrics where !isLoopback || request.fields.first(.foreignOrigin) != nil:
            answer(
                APIErrorResponse(
                    401, "Metrics are for programs of this machine, and for who sends the administrator's token."))
        case .metrics, .router:
            exchange = RouterExchange.start(request, nil, front: self)
        }
    }

    private func isAdministrator(_ request: RequestHead) -> Bool {
        loop.core.configuration.adminToken?.isSent(with: request.fields) == true
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
        guard route != .batches, route != .management else {
            exchange = RouterExchange.start(request, principal, front: self)
            return
        }
        if route == .messages, !loop.core.store.hasRoom {
            // What is called now would be generated, and could not be recorded.
            answer(
                APIErrorResponse(
                    529, "The gateway's queue of usage records is full; try again later.",
                    headers: [APIErrorResponse.Header(name: "retry-after", value: "5")]))
            return
        }
        if route == .messages,
            !principal.limits.isUnlimited || loop.core.spending.isSubscriber(principal.customer)
        {
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
        let looks = loop.core.directory.refresh { [eventLoop = loop.eventLoop] in
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
}
