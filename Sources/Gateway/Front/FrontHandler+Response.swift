import NIOCore

// The response: what exchanges say of it, and how a request ends.
extension FrontHandler {
    private static let endOfLine = ByteBuffer(string: "\r\n")
    private static let lastChunkLine = ByteBuffer(string: "0\r\n")
    private static let lastChunk = ByteBuffer(string: "0\r\n\r\n")

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
    ///
    /// `trailer` are header lines that come after a body in chunks.
    func end(trailer: ByteBuffer? = nil) {
        guard responseBegan, !responseEnded else { return }
        if framing == .chunked, !toHead {
            if let trailer {
                write(Self.lastChunkLine)
                write(trailer)
                write(Self.endOfLine)
            } else {
                write(Self.lastChunk)
            }
        }
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
        loop.telemetry.refused(status: error.status)
        var out = loop.takeScratch()
        error.write(requestID: id, closes: closesAfterResponse, toHead: toHead, to: &out)
        begin(out, framing: .none)
        end()
        loop.giveScratch(out)
        return id
    }

    /// Another exchange goes on with the request.
    func replaceExchange(with other: any ClientExchange) { exchange = other }

    // MARK: The end of a request

    /// Bytes that are no request, or a request that is too large.
    func refuse(_ error: HTTPSyntaxError) {
        giveUp(
            error.status == 413
                ? APIErrorResponse(413, "Request is too large: \(error.reason).") : APIErrorResponse(error))
    }

    /// Answers a request that will not be read to its end, and closes: nobody knows where the next one would begin.
    func giveUp(_ error: APIErrorResponse) {
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

    func finishIfOver() {
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
    func finishWriting() {
        state = .lingering
        input = nil
        isPausedByExchange = false
        deadline = loop.now + loop.core.configuration.timeouts.clientStall
        updateReading()
        context?.close(mode: .output, promise: nil)
    }

    func write(_ bytes: ByteBuffer) { context?.write(wrapOutboundOut(bytes), promise: nil) }
}
