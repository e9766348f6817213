import Crypto
import FlowMockNode
import Foundation

/// A certificate authority that exists as long as a test (RFC 5280).
struct TestAuthority {
    /// What a certificate is for.
    enum Name {
        case host(String)
        case address([UInt8])

        static let loopback = Name.address([127, 0, 0, 1])
    }

    private let key = P256.Signing.PrivateKey()
    private static let name = "flowmeter test authority"

    /// The authority's own certificate.
    var pem: String {
        get throws {
            let isAuthority = DER.sequence([DER.value(0x01, [0xFF])])
            // keyCertSign
            let usage = DER.value(0x03, [0x02, 0x04])
            return try certificate(
                for: key.publicKey, subject: Self.name,
                extensions: [
                    DER.sequence([
                        DER.identifier([0x55, 0x1D, 0x13]), DER.value(0x01, [0xFF]), DER.octets(isAuthority),
                    ]),
                    DER.sequence([DER.identifier([0x55, 0x1D, 0x0F]), DER.value(0x01, [0xFF]), DER.octets(usage)]),
                ])
        }
    }

    /// A node's certificate, and its key.
    func identity(for name: Name) throws -> MockAccessNode.TLSIdentity {
        let nodeKey = P256.Signing.PrivateKey()
        let alternative =
            switch name {
            case .host(let host): DER.value(0x82, Array(host.utf8))
            case .address(let bytes): DER.value(0x87, bytes)
            }
        let chain = try certificate(
            for: nodeKey.publicKey, subject: "access node",
            extensions: [
                DER.sequence([
                    DER.identifier([0x55, 0x1D, 0x11]), DER.octets(DER.sequence([alternative])),
                ])
            ])
        return MockAccessNode.TLSIdentity(certificateChain: chain, privateKey: nodeKey.pemRepresentation)
    }

    /// A certificate that this authority signs with ECDSA and SHA-256.
    private func certificate(
        for publicKey: P256.Signing.PublicKey, subject: String, extensions: [[UInt8]]
    ) throws -> String {
        let algorithm = DER.sequence([DER.identifier([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02])])
        var serial = [UInt8](repeating: 0, count: 16).map { _ in UInt8.random(in: 0...255) }
        serial[0] = 0x01
        // From 2020 for ever: it is gone when the test is.
        let life = [
            DER.value(0x17, Array("200101000000Z".utf8)), DER.value(0x18, Array("99991231235959Z".utf8)),
        ]
        let body = DER.sequence([
            DER.value(0xA0, DER.value(0x02, [2])), DER.value(0x02, serial), algorithm, DER.name(Self.name),
            DER.sequence(life), DER.name(subject), Array(publicKey.derRepresentation),
            DER.value(0xA3, DER.sequence(extensions)),
        ])
        let signature = try key.signature(for: body).derRepresentation
        let certificate = DER.sequence([body, algorithm, DER.value(0x03, [0] + signature)])
        let text = Data(certificate).base64EncodedString(options: .lineLength64Characters)
        return "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n"
    }
}

/// The encoding of certificates, as much as is needed here.
private enum DER {
    static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        switch content.count {
        case 0..<0x80: [tag, UInt8(content.count)] + content
        case 0x80..<0x100: [tag, 0x81, UInt8(content.count)] + content
        default: [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
        }
    }

    static func sequence(_ parts: [[UInt8]]) -> [UInt8] { value(0x30, parts.flatMap(\.self)) }
    static func identifier(_ bytes: [UInt8]) -> [UInt8] { value(0x06, bytes) }
    static func octets(_ content: [UInt8]) -> [UInt8] { value(0x04, content) }

    /// A name that is only a common name.
    static func name(_ text: String) -> [UInt8] {
        let part = sequence([identifier([0x55, 0x04, 0x03]), value(0x0C, Array(text.utf8))])
        return sequence([value(0x31, part)])
    }
}
