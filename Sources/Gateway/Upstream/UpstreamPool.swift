import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import NetworkErrors

/// The connections to the upstream that live on one event loop.
///
/// The one used last is used first, so that spare ones grow old and close.
final class UpstreamPool {
    /// How connections are made.
    struct Settings: Sendable {
        var url: UpstreamURL
        var tls: NIOSSLContext?
        var connectTimeout: TimeAmount
        var idleTimeout: TimeAmount
        var keepAlive: TimeAmount
        var limit: Int
    }

    private let settings: Settings
    private let eventLoop: any EventLoop
    private var idle: [UpstreamConnection] = []
    private var open: [ObjectIdentifier: UpstreamConnection] = [:]
    private var isShutDown = false
    /// The time of the last sweep: exact enough for timeouts, and free to read.
    private(set) var now: NIODeadline

    init(settings: Settings, eventLoop: any EventLoop) {
        self.settings = settings
        self.eventLoop = eventLoop
        now = eventLoop.now
    }

    /// The longest silence within a response.
    var idleTimeout: TimeAmount { settings.idleTimeout }
    /// Connections open, idle ones included.
    var count: Int { open.count }

    /// An idle connection, if there is one.
    func takeIdle() -> UpstreamConnection? {
        while let connection = idle.popLast() {
            if connection.isOpen { return connection }
        }
        return nil
    }

    /// Takes a connection back after a call.
    func put(_ connection: UpstreamConnection) {
        guard !isShutDown, idle.count < settings.limit else { return connection.close() }
        connection.wentIdle(until: now + settings.keepAlive)
        idle.append(connection)
    }

    func remove(_ connection: UpstreamConnection) {
        open[ObjectIdentifier(connection)] = nil
        idle.removeAll { $0 === connection }
    }

    /// Makes a connection.
    ///
    /// `completion` is called on the event loop, once.
    func connect(_ completion: @escaping (Result<UpstreamConnection, UpstreamFailure>) -> Void) {
        let completion = NIOLoopBound(completion, eventLoop: eventLoop)
        let pool = NIOLoopBound(self, eventLoop: eventLoop)
        let settings = settings
        let ready = eventLoop.makePromise(of: Void.self)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(settings.connectTimeout)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls = settings.tls {
                        let name = Self.serverName(settings.url.host)
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: name)
                        try channel.pipeline.syncOperations.addHandler(handler)
                        try channel.pipeline.syncOperations.addHandler(TLSReadyHandler(ready: ready))
                    }
                }
            }
        let connected = bootstrap.connect(host: settings.url.host, port: settings.url.port)
        let timeout = eventLoop.scheduleTask(in: settings.connectTimeout) {
            ready.fail(ChannelError.connectTimeout(settings.connectTimeout))
        }
        connected.whenFailure { ready.fail($0) }
        if settings.tls == nil { connected.whenSuccess { _ in ready.succeed() } }
        ready.futureResult.and(connected).whenComplete { result in
            timeout.cancel()
            pool.value.finishConnecting(result.map(\.1), completion.value)
        }
        ready.futureResult.whenFailure { _ in
            // A connection whose handshake failed or took too long is of no use to anyone.
            connected.whenSuccess { $0.close(promise: nil) }
        }
    }

    private func finishConnecting(
        _ result: Result<any Channel, any Error>,
        _ completion: (Result<UpstreamConnection, UpstreamFailure>) -> Void
    ) {
        do {
            completion(.success(try adopt(try result.get())))
        } catch {
            completion(.failure(.connect(NetworkProblem.text(error))))
        }
    }

    /// Makes a connection of a channel of this event loop.
    func adopt(_ channel: any Channel) throws -> UpstreamConnection {
        let connection = UpstreamConnection(pool: self)
        try channel.pipeline.syncOperations.addHandler(connection)
        open[ObjectIdentifier(connection)] = connection
        return connection
    }

    /// Closes what waited too long.
    func sweep(_ now: NIODeadline) {
        self.now = now
        for connection in Array(open.values) { connection.checkDeadline(now) }
    }

    /// Closes idle connections, and others once their call is over.
    func shutDown() {
        isShutDown = true
        let connections = idle
        idle = []
        for connection in connections { connection.close() }
    }

    /// Closes everything at once.
    func closeAll() {
        shutDown()
        for connection in Array(open.values) { connection.close() }
    }

    /// What TLS is to verify and send as server name; IP addresses have none (RFC 6066 §3).
    private static func serverName(_ host: String) -> String? {
        do {
            _ = try SocketAddress(ipAddress: host, port: 0)
            return nil
        } catch {
            return host  // Not an address, so a name.
        }
    }
}

/// Succeeds a promise when the TLS handshake is done, then leaves.
private final class TLSReadyHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let ready: EventLoopPromise<Void>

    init(ready: EventLoopPromise<Void>) { self.ready = ready }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            ready.succeed()
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        ready.fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        ready.fail(error)
        context.close(promise: nil)
    }
}
