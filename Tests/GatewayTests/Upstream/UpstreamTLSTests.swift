import Gateway
import Metering
import MeteringConformance
import NIOSSL
import Testing

@Suite("TLS to the upstream")
struct UpstreamTLSTests {
    static func server(_ identity: (certificate: String, key: String)) throws -> NIOSSLContext {
        try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMBytes(Array(identity.certificate.utf8)).map {
                    .certificate($0)
                },
                privateKey: .privateKey(NIOSSLPrivateKey(bytes: Array(identity.key.utf8), format: .pem))))
    }

    @Test("an upstream with a trusted certificate for its name is used, and its connection used again")
    func trusted() async throws {
        try await GatewayHarness.run(
            configure: { $0.upstreamTrustRoots = [TestCertificates.localhost.certificate] },
            tls: try Self.server(TestCertificates.localhost), upstream: { _ in [.text(Wire.json(Wire.message))] }
        ) { gateway in
            let client = try await gateway.client()
            for index in 1...3 {
                try await client.send(Wire.request())
                #expect(await client.responses(index).last?.text == Wire.message)
            }
            #expect(gateway.upstream.connections.value == 1)
            // The other client, of batches, trusts the same.
            try await client.send(Wire.request("POST", "/v1/messages/batches"))
            #expect(await client.responses(4).last?.status == 200)
        }
    }

    @Test("an upstream whose certificate is not trusted gets no byte of a request")
    func untrusted() async throws {
        for (identity, roots) in [
            (TestCertificates.localhost, []),
            (TestCertificates.localhost, [TestCertificates.other.certificate]),
            // Trusted, but for another name.
            (TestCertificates.other, [TestCertificates.other.certificate]),
        ] {
            try await GatewayHarness.run(
                configure: { $0.upstreamTrustRoots = roots }, tls: try Self.server(identity),
                upstream: { _ in [.text(Wire.json(Wire.message))] }
            ) { gateway in
                let client = try await gateway.client()
                try await client.send(Wire.request())
                #expect(await client.responses(1).last?.status == 502)
                try await client.send(Wire.request("POST", "/v1/messages/batches"))
                #expect(await client.responses(2).last?.status == 502)
                #expect(gateway.upstream.requests.value.isEmpty)
            }
        }
    }
}
