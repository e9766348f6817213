import Foundation
import NIOSSL
import Testing

/// A key and its self-signed certificate, for tests alone.
///
/// `server` is for 127.0.0.1 and localhost, `elsewhere` for another host, `client` for a client. They were made by
/// `keytool -genkeypair -keyalg EC -ext bc:critical=ca:true -ext san=… -validity 36500` and are valid until 2126.
struct TestIdentity: Sendable {
    static let password = "changeit"

    let certificate: NIOSSLCertificate
    let chain: [NIOSSLCertificateSource]
    let privateKey: NIOSSLPrivateKey
    /// The path of both, as Java wants them.
    let keyStore: String

    init(_ name: String) throws {
        keyStore = try Self.path("\(name).p12")
        let bundle = try NIOSSLPKCS12Bundle(file: keyStore, passphrase: Array(Self.password.utf8))
        certificate = try #require(bundle.certificateChain.first)
        chain = bundle.certificateChain.map { .certificate($0) }
        privateKey = bundle.privateKey
    }

    static func path(_ file: String) throws -> String {
        try #require(Bundle.module.url(forResource: "Fixtures/tls/\(file)", withExtension: nil)).path
    }

    /// The settings of a server with this identity.
    var tls: TLSConfiguration {
        .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(privateKey))
    }
}
