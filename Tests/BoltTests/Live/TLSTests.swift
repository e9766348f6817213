import NIOSSL
import TestServers
import Testing

@testable import Bolt

/// Encrypted connections to a real server.
@Suite struct TLSTests {
    @Test(
        "TLS works with an authority of one's own and with any certificate; an unknown authority and plain text are refused"
    )
    func schemes() async throws {
        let server = try TestIdentity("server")
        let options = [
            "-Darcadedb.bolt.ssl=REQUIRED", "-Darcadedb.ssl.keyStore=\(server.keyStore)",
            "-Darcadedb.ssl.keyStorePassword=\(TestIdentity.password)",
            "-Darcadedb.ssl.trustStore=\(try TestIdentity.path("trust.jks"))",
            "-Darcadedb.ssl.trustStorePassword=\(TestIdentity.password)",
        ]
        let certificate = server.certificate
        try await ArcadeDB.run(options: options) { server in
            for scheme in ["bolt+ssc", "neo4j+ssc"] {
                let driver = try server.driver(scheme)
                defer { driver.close() }
                let result = try await driver.executeQuery(
                    "RETURN 1", configuration: BoltQueryConfiguration(database: "neo4j"))
                #expect(try result.single().decode(Int.self) == 1)
            }
            let own = try server.driver("bolt") { $0.encryption = .trust([certificate]) }
            defer { own.close() }
            #expect(try await own.executeQuery("RETURN 2").single().decode(Int.self) == 2)

            let strict = try server.driver("bolt+s") { $0.maximumRetryTime = .zero }
            defer { strict.close() }
            let refused = await #expect(throws: BoltError.self) { try await strict.verifyConnectivity() }
            #expect(refused?.code == .tls)
            #expect(refused?.isRetryable == false)

            let plain = try server.driver("bolt") { $0.maximumRetryTime = .zero }
            defer { plain.close() }
            let error = await #expect(throws: BoltError.self) { try await plain.verifyConnectivity() }
            #expect(error?.server == nil)
        }
    }

    @Test("A client shows the certificate that its provider gives, and is refused without one")
    func clientCertificates() async throws {
        let (server, client) = (try TestIdentity("server"), try TestIdentity("client"))
        var tls = server.tls
        tls.certificateVerification = .noHostnameVerification
        tls.trustRoots = .certificates([client.certificate])
        let shown = Box(0)
        try await TestServer.run(tls: try NIOSSLContext(configuration: tls)) { side, _ in
            try await side.serveAll()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { configuration in
                configuration.encryption = .trust([server.certificate])
                configuration.clientCertificate = {
                    shown.change { $0 += 1 }
                    return BoltConfiguration.ClientCertificate(
                        chain: client.chain, privateKey: .privateKey(client.privateKey))
                }
            }
            defer { driver.close() }
            #expect(try await driver.executeQuery("RETURN 1").records.count == 1)
            #expect(shown.value == 1)

            let anonymous = try BoltDriver.test("bolt://\(address)") { configuration in
                configuration.encryption = .trust([server.certificate])
                configuration.maximumRetryTime = .zero
            }
            defer { anonymous.close() }
            let error = await #expect(throws: BoltError.self) { try await anonymous.verifyConnectivity() }
            #expect(error?.code == .tls || error?.code == .connectionLost)
        }
    }

    @Test(
        "A certificate must be for the server's name or address, unless any certificate will do",
        arguments: ["127.0.0.1", "localhost"])
    func names(_ host: String) async throws {
        for (name, isRight) in [("server", true), ("elsewhere", false)] {
            let identity = try TestIdentity(name)
            try await TestServer.run(tls: try NIOSSLContext(configuration: identity.tls)) { side, _ in
                try await side.serveAll()
            } _: { address in
                let address = BoltAddress(host: host, port: address.port)
                let driver = try BoltDriver.test("bolt://\(address)") { configuration in
                    configuration.encryption = .trust([identity.certificate])
                }
                defer { driver.close() }
                if isRight {
                    try await driver.verifyConnectivity()
                } else {
                    let error = await #expect(throws: BoltError.self) { try await driver.verifyConnectivity() }
                    #expect(error?.code == .tls)
                }
                let lenient = try BoltDriver.test("bolt+ssc://\(address)")
                defer { lenient.close() }
                try await lenient.verifyConnectivity()
                // No authority of the system has signed it.
                let strict = try BoltDriver.test("bolt+s://\(address)")
                defer { strict.close() }
                let error = await #expect(throws: BoltError.self) { try await strict.verifyConnectivity() }
                #expect(error?.code == .tls)
            }
        }
    }
}
