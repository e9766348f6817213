import Metering
import NIOCore

/// What the connections of one event loop share.
///
/// It lives on that loop and needs no locks.
///
/// Deadlines of all connections are checked by one repeated sweep: setting one costs a store to a field, and no timer.
final class LoopContext {
    let core: GatewayCore
    let eventLoop: any EventLoop
    let pool: UpstreamPool
    let headers: ForwardedHeaders
    let telemetry: LoopTelemetry
    /// The time of the last sweep.
    private(set) var now: NIODeadline
    /// Whether the server is shutting down: no connection takes another request.
    private(set) var isDraining = false
    private var fronts: [ObjectIdentifier: FrontHandler] = [:]
    private var calls = 0
    private var sweeper: RepeatedTask?
    private var ids = RequestIDGenerator()
    private var scratch = ByteBuffer()
    private var lastDailySession: (key: APIKeyID, day: Day, session: SessionID)?

    init(core: GatewayCore, eventLoop: any EventLoop, number: Int = 0) {
        self.core = core
        self.eventLoop = eventLoop
        telemetry = LoopTelemetry(logger: core.logger, factory: core.metricsFactory, loop: number)
        let configuration = core.configuration
        pool = UpstreamPool(
            settings: UpstreamPool.Settings(
                url: configuration.upstream, tls: core.tls, connectTimeout: configuration.timeouts.upstreamConnect,
                idleTimeout: configuration.timeouts.upstreamIdle, keepAlive: configuration.timeouts.upstreamKeepAlive,
                limit: configuration.limits.idleUpstreamConnections),
            eventLoop: eventLoop)
        headers = ForwardedHeaders(upstream: configuration.upstream, key: configuration.upstreamKey)
        now = eventLoop.now
    }

    // MARK: Deadlines

    func startSweeping() {
        let context = NIOLoopBound(self, eventLoop: eventLoop)
        let interval = core.configuration.timeouts.resolution
        sweeper = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in context.value.sweep() }
    }

    func sweep() {
        now = eventLoop.now
        for front in Array(fronts.values) { front.checkDeadline(now) }
        pool.sweep(now)
    }

    // MARK: Small things everybody needs

    func nextRequestID() -> String { ids.next() }

    /// The session of a key's calls that name none.
    func dailySession(key: APIKeyID, day: Day) -> SessionID {
        if let lastDailySession, lastDailySession.key == key, lastDailySession.day == day {
            return lastDailySession.session
        }
        let session = SessionID(rawValue: "\(key):\(day)")
        lastDailySession = (key, day, session)
        return session
    }

    /// An empty buffer to write into.
    ///
    /// Its memory is used again as soon as what was written is sent.
    func takeScratch() -> ByteBuffer {
        var buffer = ByteBuffer()
        swap(&buffer, &scratch)
        buffer.clear()
        return buffer
    }

    /// Keeps the memory of a buffer from ``takeScratch()`` for the next one.
    func giveScratch(_ buffer: ByteBuffer) {
        if buffer.capacity <= 64 * 1024 { scratch = buffer }
    }

    // MARK: Who is there

    /// Client connections of this loop.
    var connectionCount: Int { fronts.count }

    func add(_ front: FrontHandler) { fronts[ObjectIdentifier(front)] = front }

    func remove(_ front: FrontHandler) {
        fronts[ObjectIdentifier(front)] = nil
        reportIfQuiet()
    }

    func callBegan() { calls += 1 }

    func callEnded() {
        calls -= 1
        reportIfQuiet()
    }

    // MARK: Shutting down

    /// Idle connections close now, the others after the response they are in.
    func drain() {
        isDraining = true
        for front in Array(fronts.values) { front.drain() }
        pool.shutDown()
        reportIfQuiet()
    }

    /// Cuts what is left.
    func closeAll() {
        isDraining = true
        for front in Array(fronts.values) { front.close() }
        pool.closeAll()
    }

    func stopSweeping() {
        sweeper?.cancel()
        sweeper = nil
    }

    private func reportIfQuiet() {
        if isDraining, fronts.isEmpty, calls == 0 { core.shutdown.loopIsQuiet(ObjectIdentifier(eventLoop)) }
    }
}
