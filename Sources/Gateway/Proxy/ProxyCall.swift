import Claude
import Logging
import Metering
import NIOCore

/// One pass-through call: carries out what ``ProxyExchange`` decides, between a client's connection and one to the
/// upstream of the same event loop.
///
/// It outlives its client: the upstream connection holds it until the response is read, and the store until the event is
/// durable.
final class ProxyCall: ClientExchange {
    /// Bytes of the request kept while the upstream is connected to, and more to be sent in one write.
    private static let coalescingLimit = 16 * 1024
    /// Bytes held for the store at which reading the upstream stops.
    static let heldLimit = 1024 * 1024

    let loop: LoopContext
    let route: Route
    let principal: Principal
    private let began: NIODeadline
    var attribution: CallAttribution
    var exchange: ProxyExchange
    var front: FrontHandler?
    var upstream: UpstreamConnection?
    private(set) var reservation: CallReservation?
    private var finder: SessionFinder?

    /// What was not sent to the upstream yet: small pieces joined to the head, then larger ones.
    private var outgoing: ByteBuffer
    private var outgoingMore: [ByteBuffer] = []
    private var isFirstWrite = true
    private var hasUnflushed = true
    private let sendsChunks: Bool

    var status = 0
    var headTime: NIODeadline?
    var retries = 0
    var event: UsageEvent?
    /// Whether the store has had an event of this id before: then this call costs nothing.
    var isDuplicate = false
    var needsFlush = false
    private var isSettled = false
    private var isOver = false
    /// A head that waits for its whole body, and for what its receipt is.
    var heldHead: HeldHead?
    /// The header line about the receipt, once that exists.
    var receipt: ByteBuffer?
    /// Whether a receipt that comes after the head goes into the trailer.
    var announcesReceipt = false

    /// A response's head before it is written.
    struct HeldHead {
        var head: ResponseHead
        var framing: ForwardedHeaders.ClientFraming
        var requestID: String?
        var isMetered: Bool
    }

    init(
        front: FrontHandler, request: RequestHead, route: Route, principal: Principal,
        reservation: CallReservation? = nil
    ) {
        self.front = front
        self.route = route
        self.principal = principal
        self.reservation = reservation
        loop = front.loop
        began = loop.eventLoop.now
        exchange = ProxyExchange(isMeteredRoute: route == .messages)
        attribution = CallAttribution(request.fields, isMetered: route == .messages)
        sendsChunks = request.framing == .chunked
        if route == .messages, attribution.session == nil {
            finder = SessionFinder(limit: loop.core.configuration.limits.sessionSearchBytes)
        }
        outgoing = loop.takeScratch()
        loop.headers.writeRequest(request, to: &outgoing)
    }

    /// Gets a connection.
    ///
    /// Call it once, right after the call was made the front's exchange.
    func start() {
        loop.callBegan()
        loop.telemetry.callBegan()
        connect()
    }

    private func connect() {
        if let connection = loop.pool.takeIdle() { return attach(connection) }
        loop.pool.connect { [self] result in
            switch result {
            case .success(let connection): attach(connection)
            case .failure(let failure): upstreamFailed(failure)
            }
        }
    }

    private func attach(_ connection: UpstreamConnection) {
        switch exchange.connected() {
        case .giveBack:
            connection.giveBack()
        case .send:
            upstream = connection
            connection.begin(delegate: self)
            if exchange.requestIsComplete { flushUpstream() }
            front?.setReading(true)
        }
    }

    // MARK: The request

    func requestBody(_ bytes: ByteBuffer) {
        if finder?.isSearching == true { finder?.consume(bytes) }
        guard exchange.requestBody() == .forward else { return }
        if sendsChunks {
            var size = ByteBuffer()
            size.writeHexadecimal(bytes.readableBytes)
            size.writeStaticString("\r\n")
            queue(size)
            queue(bytes)
            queue(ByteBuffer(string: "\r\n"))
        } else {
            queue(bytes)
        }
        if let upstream, !isFirstWrite {
            if !upstream.isWritable { front?.setReading(false) }
        } else if upstream == nil, queuedBytes > Self.coalescingLimit {
            front?.setReading(false)
        }
    }

    func requestEnd() {
        if sendsChunks, exchange.requestBody() == .forward { queue(ByteBuffer(string: "0\r\n\r\n")) }
        exchange.requestEnd()
        if let finder {
            attribution.session = finder.session.map { SessionID(rawValue: $0) }
            self.finder = nil
        }
        // Flushed here and not when reading is over: the request may be the last thing for a long time.
        flushUpstream()
    }

    func requestReadComplete() { flushUpstream() }

    private var queuedBytes: Int { outgoing.readableBytes + outgoingMore.reduce(0) { $0 + $1.readableBytes } }

    private func queue(_ bytes: ByteBuffer) {
        hasUnflushed = true
        if outgoingMore.isEmpty, outgoing.readableBytes + bytes.readableBytes <= Self.coalescingLimit {
            outgoing.writeImmutableBuffer(bytes)
        } else {
            outgoingMore.append(bytes)
        }
    }

    private func flushUpstream() {
        guard hasUnflushed, let upstream else { return }
        hasUnflushed = false
        if outgoing.readableBytes > 0 { upstream.write(outgoing) }
        for bytes in outgoingMore { upstream.write(bytes) }
        if isFirstWrite {
            isFirstWrite = false
            guard upstream.flushFirst() else { return retryOnAnotherConnection() }
            loop.giveScratch(outgoing)
        } else {
            upstream.flush()
        }
        outgoing = ByteBuffer()
        outgoingMore = []
        if exchange.requestIsComplete {
            upstream.requestEnded(firstByteTimeout: loop.core.configuration.timeouts.upstreamFirstByte)
        } else if !upstream.isWritable {
            front?.setReading(false)
        }
    }

    /// The connection died before it took a byte: the upstream cannot have seen the request, so it is safe to repeat.
    private func retryOnAnotherConnection() {
        let wasReused = upstream?.isReused ?? false
        upstream = nil
        exchange.connectionLost()
        isFirstWrite = true
        hasUnflushed = true
        // A new connection that dies at once would do so for ever.
        guard wasReused else { return upstreamFailed(.closed) }
        connect()
    }

    // MARK: The client

    func clientWritabilityChanged(_ isWritable: Bool) { updateUpstreamReading() }

    func clientLeft() {
        front = nil
        switch exchange.clientLeft() {
        case .wait: break
        case .drain:
            updateUpstreamReading()
        case .abort(let submits):
            upstream?.abort()
            upstream = nil
            if submits { submit() } else { over(outcome: "client left") }
        }
    }

    /// The client's own pace is the upstream's; without a client the response is read as it comes.
    func updateUpstreamReading() {
        guard let upstream else { return }
        upstream.setReading(front.map(\.isWritable) ?? true && exchange.heldBytes <= Self.heldLimit)
    }

    // MARK: What the exchange decided

    func perform(_ step: ProxyExchange.Step) {
        if step.send != nil || step.end?.hasHead == true { releaseHead() }
        // Before the client sees the end, and after the head, which tells how things stand without this call.
        if step.end != nil || exchange.hasStored { settleSpending() }
        if let bytes = step.send, let front {
            front.send(bytes)
            needsFlush = true
        }
        if step.submits { submit() }
        switch step.end {
        case nil: break
        case .complete:
            front?.end(trailer: announcesReceipt ? receipt : nil)
            over(outcome: nil)
        case .broken:
            front?.flush()
            front?.breakOff()
            over(outcome: "broken off")
        case .answer(let failure):
            let response = failure.response
            status = response.status
            attribution.requestID = front?.answer(response)
            over(outcome: failure.logText)
        case .silent:
            over(outcome: "client left")
        }
    }

    private func over(outcome: String?) {
        guard !isOver else { return }
        isOver = true
        front = nil
        upstream = nil
        settleSpending()
        loop.telemetry.callEnded(
            CallReport(
                route: route, status: status, problem: outcome, record: event == nil ? nil : exchange.record,
                event: event, isDuplicate: isDuplicate, requestID: attribution.requestID, principal: principal,
                duration: loop.eventLoop.now - began, timeToHead: headTime.map { $0 - began }))
        loop.callEnded()
    }

    /// What the call cost is spent, and what was reserved for it beyond that is free again.
    ///
    /// The client's next call, which may come on another connection, is not to find the reservation of this one in its
    /// way.
    private func settleSpending() {
        guard !isSettled else { return }
        isSettled = true
        if let reservation {
            self.reservation = nil
            reservation.settle(isDuplicate ? nil : event, in: loop.core)
        } else if let event, !isDuplicate, case .priced(let charge) = event.charge {
            loop.core.spending.record(charge, of: event.customer, at: event.time)
        }
    }
}
