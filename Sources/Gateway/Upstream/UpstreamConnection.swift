import NIOCore

/// Who hears about a call's response.
///
/// All calls come on the connection's event loop.
protocol UpstreamDelegate: AnyObject {
    func upstreamHead(_ head: ResponseHead)
    func upstreamBody(_ bytes: ByteBuffer)
    func upstreamEnd()
    /// Nothing more is there to read for now.
    func upstreamReadComplete()
    func upstreamFailed(_ failure: UpstreamFailure)
    func upstreamWritabilityChanged(_ isWritable: Bool)
}

/// The last handler of a connection to the upstream: one call at a time, idle in its pool in between.
final class UpstreamConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case idle
        case head(HeadFinder)
        case body(BodyDecoder, keepsAlive: Bool)
        case closed
    }

    private let pool: UpstreamPool
    private var context: ChannelHandlerContext?
    private var state = State.idle
    private var input: ByteBuffer?
    private var delegate: (any UpstreamDelegate)?
    private var isReading = true
    private var isFirstFlush = false
    /// Whether all of the request was written; a response that comes earlier ends the connection.
    private var requestIsComplete = false
    /// When the connection has waited too long for whatever it waits for.
    private(set) var deadline = NIODeadline.distantFuture
    /// Whether it has served a call before.
    private(set) var isReused = false

    init(pool: UpstreamPool) { self.pool = pool }

    var isWritable: Bool { context?.channel.isWritable ?? false }
    var isOpen: Bool {
        if case .closed = state { return false }
        return context != nil
    }

    // MARK: Used by the call

    /// Begins a call.
    ///
    /// Its response goes to `delegate`.
    func begin(delegate: any UpstreamDelegate) {
        self.delegate = delegate
        requestIsComplete = false
        state = .head(HeadFinder(limit: HTTPBytes.headLimit))
        deadline = .distantFuture
    }

    func write(_ bytes: ByteBuffer) {
        context?.write(wrapOutboundOut(bytes), promise: nil)
    }

    func flush() { context?.flush() }

    /// Flushes the first bytes of a call; `false` when the connection was dead before any of them was sent.
    func flushFirst() -> Bool {
        isFirstFlush = true
        context?.flush()
        isFirstFlush = false
        return isOpen
    }

    /// All of the request was written: the time to the first byte runs.
    func requestEnded(firstByteTimeout: TimeAmount) {
        requestIsComplete = true
        if case .head = state { deadline = pool.now + firstByteTimeout }
    }

    /// Stops or resumes reading, so that a slow client slows the upstream and not fills the memory.
    func setReading(_ reads: Bool) {
        guard reads != isReading, let context else { return }
        isReading = reads
        deadline = reads ? pool.now + pool.idleTimeout : .distantFuture
        do {
            try context.channel.syncOptions?.setOption(.autoRead, value: reads)
        } catch {
            close()  // Only a closed channel refuses this.
        }
    }

    /// Ends the call and the connection.
    func abort() {
        delegate = nil
        close()
    }

    /// The connection is not needed for the call it was made for.
    func giveBack() {
        delegate = nil
        state = .idle
        pool.put(self)
    }

    // MARK: Used by the pool

    func wentIdle(until deadline: NIODeadline) {
        isReused = true
        self.deadline = deadline
    }

    func close() {
        guard isOpen else { return }
        context?.close(promise: nil)
    }

    func checkDeadline(_ now: NIODeadline) {
        guard now >= deadline else { return }
        deadline = .distantFuture
        fail(.timeout)
    }

    // MARK: ChannelInboundHandler

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if var input {
            self.input = nil
            input.writeBuffer(&bytes)
            bytes = input
        }
        process(&bytes)
        if bytes.readableBytes > 0, isOpen { input = bytes }
    }

    func channelReadComplete(context: ChannelHandlerContext) { delegate?.upstreamReadComplete() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        delegate?.upstreamWritabilityChanged(context.channel.isWritable)
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch state {
        case .body(let body, _) where body.endsWithConnection:
            state = .closed
            pool.remove(self)
            let delegate = self.delegate
            self.delegate = nil
            delegate?.upstreamEnd()
            delegate?.upstreamReadComplete()
        default:
            fail(.closed)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(.closed) }

    // MARK: Inside

    private func process(_ bytes: inout ByteBuffer) {
        do throws(HTTPSyntaxError) {
            while true {
                switch state {
                case .closed: return
                case .idle:
                    // Nothing was asked: an error of the upstream's, or the rest of a response that was longer than said.
                    if bytes.readableBytes > 0 { fail(.malformed("bytes outside a response")) }
                    return
                case .head(var finder):
                    let head = try finder.takeHead(from: &bytes)
                    state = .head(finder)
                    guard let head else { return }
                    try received(ResponseHead(parsing: head, toHead: false))
                case .body(var body, let keepsAlive):
                    let piece = try body.decode(&bytes)
                    state = .body(body, keepsAlive: keepsAlive)
                    if isReading { deadline = pool.now + pool.idleTimeout }
                    if let piece { delegate?.upstreamBody(piece) }
                    guard isOpen, body.isFinished else { return }
                    ended(keepsAlive: keepsAlive && bytes.readableBytes == 0)
                    return
                }
            }
        } catch {
            fail(.malformed(error.reason))
        }
    }

    private func received(_ head: ResponseHead) {
        if head.status < 200 { return }  // Informational: the response itself follows.
        state = .body(BodyDecoder(head.framing), keepsAlive: head.keepsAlive)
        deadline = pool.now + pool.idleTimeout
        delegate?.upstreamHead(head)
    }

    private func ended(keepsAlive: Bool) {
        let delegate = self.delegate
        self.delegate = nil
        if keepsAlive, requestIsComplete {
            state = .idle
            if !isReading { setReading(true) }
            pool.put(self)
        } else {
            close()
        }
        delegate?.upstreamEnd()
        // The call is over for this connection, so the end of the read is announced here.
        delegate?.upstreamReadComplete()
    }

    /// Closes the connection and tells the call, if there is one.
    private func fail(_ failure: UpstreamFailure) {
        if case .closed = state { return }
        state = .closed
        deadline = .distantFuture
        input = nil
        pool.remove(self)
        context?.close(promise: nil)
        let delegate = self.delegate
        self.delegate = nil
        if !isFirstFlush { delegate?.upstreamFailed(failure) }
    }
}
