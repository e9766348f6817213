internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS
internal import NetworkErrors

/// Opens connections: TCP, TLS, handshake.
struct BoltConnector: Sendable {
    let configuration: BoltConfiguration
    let hello: BoltHello
    let group: any EventLoopGroup
    private let security: Security

    private enum Security: Sendable {
        case none
        case shared(NIOSSLContext)
        /// The client's certificate may change: a context for each connection.
        case perConnection(TLSConfiguration, @Sendable () throws -> BoltConfiguration.ClientCertificate)
    }

    /// Prepares for a server's address.
    ///
    /// Throws ``BoltError/Code/tls`` when the settings make no TLS context.
    init(_ uri: BoltURI, configuration: BoltConfiguration) throws(BoltError) {
        self.configuration = configuration
        group = configuration.eventLoopGroup ?? .singletonMultiThreadedEventLoopGroup
        var routing = uri.routingContext
        routing?["address"] = uri.address.description
        hello = BoltHello(
            userAgent: configuration.userAgent, product: "flowmeter-bolt/1.0", routing: routing,
            notifications: configuration.notifications)
        guard let tls = Self.tlsConfiguration(uri, configuration.encryption) else {
            security = .none
            return
        }
        if let certificate = configuration.clientCertificate {
            security = .perConnection(tls, certificate)
        } else {
            do { security = .shared(try NIOSSLContext(configuration: tls)) } catch {
                throw BoltError(.tls, "the TLS settings are not valid: \(error)")
            }
        }
    }

    private static func tlsConfiguration(_ uri: BoltURI, _ encryption: BoltConfiguration.Encryption?)
        -> TLSConfiguration?
    {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        switch (uri.security, encryption) {
        case (.verified, _), (.none, .systemTrust): break
        case (.unverified, _), (.none, .trustAny): tls.certificateVerification = .none
        case (.none, .trust(let authorities)): tls.trustRoots = .certificates(authorities)
        case (.none, .disabled), (.none, nil): return nil
        }
        return tls
    }

    private func sslContext() throws -> NIOSSLContext? {
        switch security {
        case .none: return nil
        case .shared(let context): return context
        case .perConnection(var tls, let certificate):
            let certificate = try certificate()
            tls.certificateChain = certificate.chain
            tls.privateKey = certificate.privateKey
            return try NIOSSLContext(configuration: tls)
        }
    }

    /// Begins to open a connection; ``BoltConnection/ready`` says how it went.
    ///
    /// The connection closes itself at the deadline, unless the timeout is cancelled before.
    func open(
        id: Int, address: BoltAddress, authentication: BoltAuthentication, on eventLoop: (any EventLoop)? = nil,
        deadline: NIODeadline, onClose: @escaping @Sendable (BoltConnection) -> Void
    ) -> (connection: BoltConnection, timeout: Scheduled<Void>) {
        let connection = BoltConnection(
            id: id, address: address, hello: hello, authentication: authentication, opened: .now(), onClose: onClose)
        let eventLoop = eventLoop ?? group.next()
        let timeout = eventLoop.scheduleTask(deadline: deadline) {
            connection.close(
                BoltError(.acquisitionTimeout, "\(address) did not complete the handshake in time", isRetryable: true))
        }
        let context: NIOSSLContext?
        do { context = try sslContext() } catch {
            connection.close(BoltError(.tls, "the client's certificate cannot be used: \(error)"))
            return (connection, timeout)
        }
        let configuration = self.configuration
        let serverName = address.isIPAddress ? nil : address.host
        ClientBootstrap(group: eventLoop)
            .connectTimeout(min(TimeAmount(configuration.connectTimeout), max(deadline - .now(), .milliseconds(1))))
            .channelOption(.socketOption(.so_keepalive), value: configuration.keepAlive ? 1 : 0)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 8192, maximum: 1 << 18)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        let tls = try NIOSSLClientHandler(context: context, serverHostname: serverName)
                        try channel.pipeline.syncOperations.addHandler(tls)
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        BoltConnectionHandler(
                            connection: connection, maximumMessageSize: configuration.maximumMessageSize,
                            receiveTimeout: configuration.receiveTimeout.map(TimeAmount.init),
                            onlyVersion: configuration.onlyVersion))
                }
            }
            .connect(host: address.host, port: address.port)
            .whenFailure { error in connection.close(.transport(error, isConnecting: true)) }
        return (connection, timeout)
    }
}

extension BoltError {
    /// The error for a failure below the protocol.
    static func transport(_ error: any Error, isConnecting: Bool) -> BoltError {
        switch error {
        case let error as BoltError: return error
        case is NIOSSLError where isConnecting, is BoringSSLError where isConnecting,
            is NIOSSLExtraError where isConnecting:
            return BoltError(.tls, "the encrypted connection failed: \(error)")
        default:
            return isConnecting
                ? BoltError(.serviceUnavailable, "the server cannot be reached: \(NetworkProblem.text(error))")
                : BoltError(.connectionLost, "the connection broke: \(NetworkProblem.text(error))")
        }
    }
}
