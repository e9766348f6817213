internal import NIOSSL

extension MockAccessNode {
    /// What a node proves itself with.
    public struct TLSIdentity: Sendable {
        /// The node's certificate and those between it and the authority's, in PEM.
        public var certificateChain: String
        /// The certificate's private key, in PEM.
        public var privateKey: String

        /// Creates an identity.
        public init(certificateChain: String, privateKey: String) {
            self.certificateChain = certificateChain
            self.privateKey = privateKey
        }

        func context() throws -> NIOSSLContext {
            try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: NIOSSLCertificate.fromPEMBytes(Array(certificateChain.utf8))
                        .map { .certificate($0) },
                    privateKey: .privateKey(NIOSSLPrivateKey(bytes: Array(privateKey.utf8), format: .pem))))
        }
    }
}
