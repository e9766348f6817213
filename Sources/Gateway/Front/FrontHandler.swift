import Metering
import NIOCore

/// A client's connection: takes requests off the wire, one at a time, and hands each to its exchange.
///
/// Requests that come while one is answered (pipelining) wait in ``input``; when that grows, reading stops.
final class FrontHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum State {
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
    /// How long a connection with an unread request stays to let the client read its answer: since its last byte, and
    /// at most.
    private static let (lingerTime, lingerLimit) = (TimeAmount.seconds(2), TimeAmount.seconds(30))

    let loop: LoopContext
    private(set) var context: ChannelHandlerContext?
    var state: State
    var input: ByteBuffer?
    private var isProcessing = false
    var isPausedByExchange = false
    private var isReading = true

    var exchange: (any ClientExchange)?
    var body = BodyDecoder(.none)
    var bodyLimit = 0
    var requestIsComplete = true
    var keepsAlive = true
    var responseBegan = false
    var responseEnded = false
    var framing = ForwardedHeaders.ClientFraming.none
    var toHead = false
    var isHTTP10 = false
    var isContinueAwaited = false
    private var isHeadTimed = false
    var deadline = NIODeadline.distantFuture
    /// When a connection that lingers is closed, whatever still comes.
    private var lingersUntil: NIODeadline?
    var authenticator = Authenticator()
    private(set) lazy var isLoopback = Self.isLoopback(context?.channel.remoteAddress)

    init(loop: LoopContext) {
        self.loop = loop
        state = .head(HeadFinder(limit: loop.core.configuration.limits.headBytes))
    }

    // MARK: Used by exchanges

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
        if case .lingering = state {
            if let lingersUntil { deadline = min(loop.now + Self.lingerTime, lingersUntil) }
            return
        }
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
        guard !requestIsComplete else { return close() }
        lingersUntil = loop.now + Self.lingerLimit
        deadline = loop.now + Self.lingerTime
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
        let exchange = self.exchange
        self.exchange = nil
        exchange?.clientLeft()
        // Last: who finds room for another connection can rely on it that this one's end is known.
        loop.core.connectionClosed()
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
    func resumeInput() {
        guard !isProcessing, var bytes = input else { return }
        input = nil
        process(&bytes)
        keep(bytes)
        updateReading()
        exchange?.requestReadComplete()
    }

    func updateReading() {
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

    private static func isLoopback(_ address: SocketAddress?) -> Bool {
        guard let ip = address?.ipAddress else { return true }  // A Unix socket or a test: local by nature.
        return ip.hasPrefix("127.") || ip == "::1" || ip.hasPrefix("::ffff:127.")
    }
}
