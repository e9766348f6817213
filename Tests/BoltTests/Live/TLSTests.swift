import Foundation
import NIOSSL
import Testing

@testable import Bolt

/// Encrypted connections to a real server.
@Suite struct TLSTests {
    /// Makes a key, its certificate for 127.0.0.1, and the stores that the server wants.
    private static func certificate(in folder: URL) throws -> NIOSSLCertificate {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        func run(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: path)
            process.arguments = arguments
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                throw ArcadeDB.Fault(description: "\(path) failed with \(process.terminationStatus)")
            }
        }
        try run(root.appendingPathComponent("dev/arcadedb.sh").path, [], environment: ["ARCADEDB_PREPARE": "1"])
        let environments = root.appendingPathComponent(".venv-arcadedb/lib")
        let python = try #require(
            FileManager.default.contentsOfDirectory(atPath: environments.path).first { $0.hasPrefix("python3") })
        let keytool = environments.appendingPathComponent("\(python)/site-packages/arcadedb_embedded/jre/bin/keytool")
            .path
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (store, trust, pem) = (
            folder.appendingPathComponent("key.p12").path, folder.appendingPathComponent("trust.jks").path,
            folder.appendingPathComponent("certificate.pem").path
        )
        try run(
            keytool,
            [
                "-genkeypair", "-alias", "bolt", "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "30",
                "-dname", "CN=flowmeter test", "-ext", "san=ip:127.0.0.1", "-ext", "bc:critical=ca:true",
                "-storetype", "PKCS12", "-keystore", store, "-storepass", "changeit",
            ])
        try run(
            keytool,
            ["-exportcert", "-rfc", "-alias", "bolt", "-keystore", store, "-storepass", "changeit", "-file", pem])
        try run(
            keytool,
            [
                "-importcert", "-noprompt", "-alias", "bolt", "-file", pem, "-keystore", trust, "-storepass",
                "changeit",
                "-storetype", "JKS",
            ])
        return try #require(NIOSSLCertificate.fromPEMFile(pem).first)
    }

    @Test(
        "TLS works with an authority of one's own and with any certificate; an unknown authority and plain text are refused"
    )
    func schemes() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bolt-tls-\(UUID().uuidString)")
        let certificate = try Self.certificate(in: folder)
        let options = [
            "-Darcadedb.bolt.ssl=REQUIRED", "-Darcadedb.ssl.keyStore=\(folder.path)/key.p12",
            "-Darcadedb.ssl.keyStorePassword=changeit", "-Darcadedb.ssl.trustStore=\(folder.path)/trust.jks",
            "-Darcadedb.ssl.trustStorePassword=changeit",
        ]
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
        try FileManager.default.removeItem(at: folder)
    }

    @Test("A client shows the certificate that its provider gives, and is refused without one")
    func clientCertificates() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bolt-mtls-\(UUID().uuidString)")
        let (serverFolder, clientFolder) = (
            folder.appendingPathComponent("server"), folder.appendingPathComponent("client")
        )
        let serverCertificate = try Self.certificate(in: serverFolder)
        let clientCertificate = try Self.certificate(in: clientFolder)
        func bundle(_ folder: URL) throws -> NIOSSLPKCS12Bundle {
            try NIOSSLPKCS12Bundle(
                file: folder.appendingPathComponent("key.p12").path, passphrase: Array("changeit".utf8))
        }
        let identity = try bundle(serverFolder)
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: identity.certificateChain.map { .certificate($0) },
            privateKey: .privateKey(identity.privateKey))
        tls.certificateVerification = .noHostnameVerification
        tls.trustRoots = .certificates([clientCertificate])
        let client = try bundle(clientFolder)
        let shown = Box(0)
        try await TestServer.run(tls: try NIOSSLContext(configuration: tls)) { side, _ in
            try await side.serveAll()
        } _: { address in
            let driver = try BoltDriver.test("bolt://\(address)") { configuration in
                configuration.encryption = .trust([serverCertificate])
                configuration.clientCertificate = {
                    shown.change { $0 += 1 }
                    return BoltConfiguration.ClientCertificate(
                        chain: client.certificateChain.map { .certificate($0) },
                        privateKey: .privateKey(client.privateKey))
                }
            }
            defer { driver.close() }
            #expect(try await driver.executeQuery("RETURN 1").records.count == 1)
            #expect(shown.value == 1)

            let anonymous = try BoltDriver.test("bolt://\(address)") { configuration in
                configuration.encryption = .trust([serverCertificate])
                configuration.maximumRetryTime = .zero
            }
            defer { anonymous.close() }
            let error = await #expect(throws: BoltError.self) { try await anonymous.verifyConnectivity() }
            #expect(error?.code == .tls || error?.code == .connectionLost)
        }
        try FileManager.default.removeItem(at: folder)
    }
}
