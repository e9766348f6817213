internal import NIOCore

/// Turns the channel's bytes into answers for its connection, and holds the socket back when the reader is slow.
final class BoltConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the connection tells the handler through the channel.
    enum Event: Sendable {
        case resumeReading
    }

    private let connection: BoltConnection
    private let receiveTimeout: TimeAmount?
    private let onlyVersion: BoltVersion?
    private var handshake: Handshake? = Handshake()
    private var reader: MessageReader
    private var records: [ByteBuffer] = []
    private var recordBytes = 0
    private var packStreamVersion = 1
    /// Readers of results that something has come for.
    private var readers: [ResultStream] = []
    private var isPaused = false
    private var isReadHeldBack = false
    private var lastActivity = NIODeadline.uptimeNanoseconds(0)
    /// Whether the last read brought all the answers that were due.
    private var isAnswered = false
    private var timer: Scheduled<Void>?

    init(
        connection: BoltConnection, maximumMessageSize: Int, receiveTimeout: TimeAmount?,
        onlyVersion: BoltVersion? = nil
    ) {
        self.onlyVersion = onlyVersion
        self.connection = connection
        self.receiveTimeout = receiveTimeout
        reader = MessageReader(limit: maximumMessageSize)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        connection.attach(context.channel)
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    private func start(_ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(Handshake.proposals(only: onlyVersion)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        defer { wakeReaders() }
        var input = unwrapInboundIn(data)
        lastActivity = context.eventLoop.now
        do throws(BoltError) {
            if handshake != nil { try continueHandshake(&input) }
            guard handshake == nil else { return }
            while let message = try reader.next(from: &input) { try receive(message) }
            try deliverRecords()
        } catch {
            connection.close(error)
        }
        if timer != nil { isAnswered = !connection.isAwaitingAnswer }
    }

    private func continueHandshake(_ input: inout ByteBuffer) throws(BoltError) {
        guard case .done(let version, let reply)? = try handshake?.receive(&input) else { return }
        handshake = nil
        packStreamVersion = BoltDialect(version: version).packStreamVersion
        connection.negotiated(version, reply: reply)
    }

    private func receive(_ message: ByteBuffer) throws(BoltError) {
        // Nearly all messages are records: B1 71 and a list. They are collected and handed over together.
        guard message.getInteger(at: message.readerIndex, as: UInt16.self) == 0xB171 else {
            try deliverRecords()
            return willWake(try connection.receive(ServerMessage(message, dialect: connection.dialect)))
        }
        var record = message
        record.moveReaderIndex(forwardBy: 2)
        let version = packStreamVersion
        let isList = try record.withPackStream { (bytes) throws(BoltError) in
            let end = try PackStream.validate(bytes, at: 0, version: version)
            return end == bytes.count && PackStream.header(in: bytes, at: 0)?.kind == .list
        }
        guard isList else { throw BoltError(.protocolViolation, "the server sent an odd record") }
        records.append(record)
        recordBytes += record.readableBytes
    }

    private func deliverRecords() throws(BoltError) {
        guard !records.isEmpty else { return }
        let (records, bytes) = (self.records, recordBytes)
        self.records = []
        self.records.reserveCapacity(records.count)
        recordBytes = 0
        let (readsOn, reader) = try connection.receive(records: records, bytes: bytes)
        if !readsOn { isPaused = true }
        willWake(reader)
    }

    private func willWake(_ reader: ResultStream?) {
        guard let reader, readers.last !== reader else { return }
        readers.append(reader)
    }

    private func wakeReaders() {
        for reader in readers { reader.wakeReader() }
        readers.removeAll(keepingCapacity: true)
    }

    // MARK: Back-pressure

    func read(context: ChannelHandlerContext) {
        // A read that is not asked for leaves the bytes in the kernel, and so slows the server down.
        if isPaused { isReadHeldBack = true } else { context.read() }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard case .resumeReading? = event as? Event else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        isPaused = false
        lastActivity = context.eventLoop.now
        if isReadHeldBack {
            isReadHeldBack = false
            context.read()
        }
        promise?.succeed()
    }

    // MARK: The server's silence

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if timer == nil, let limit = connection.receiveTimeout(fallback: receiveTimeout) {
            lastActivity = context.eventLoop.now
            startTimer(context.eventLoop, at: lastActivity + limit)
        } else if isAnswered {
            lastActivity = context.eventLoop.now
        }
        isAnswered = false
        context.write(data, promise: promise)
    }

    private func startTimer(_ eventLoop: any EventLoop, at deadline: NIODeadline) {
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.checkSilence(eventLoop) }
    }

    private func checkSilence(_ eventLoop: any EventLoop) {
        timer = nil
        guard connection.isAwaitingAnswer, let limit = connection.receiveTimeout(fallback: receiveTimeout) else {
            return
        }
        let (deadline, now) = (lastActivity + limit, eventLoop.now)
        // While the reader is slow, it is this side that is silent.
        guard deadline <= now, !isPaused else {
            return startTimer(eventLoop, at: isPaused ? now + limit : deadline)
        }
        connection.close(
            BoltError(.connectionLost, "the server was silent for longer than it may be while an answer is due"))
    }

    // MARK: The end

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        let what = handshake == nil ? "the server closed the connection" : "the server closed during the handshake"
        connection.close(BoltError(.connectionLost, what))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.close(.transport(error, isConnecting: handshake != nil))
        context.close(promise: nil)
    }
}
