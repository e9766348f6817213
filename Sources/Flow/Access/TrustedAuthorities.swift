internal import NIOSSL

/// What connections to nodes with certificates of their own verify with.
enum TrustedAuthorities {
    /// The settings of a client that trusts these authorities besides the system's.
    ///
    /// - Parameter authorities: Certificates in PEM.
    static func configuration(_ authorities: [String]) throws(FlowError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        guard !authorities.isEmpty else { return configuration }
        do {
            let certificates = try authorities.flatMap { text in
                let certificates = try NIOSSLCertificate.fromPEMBytes(Array(text.utf8))
                // Text without any certificate is no error there.
                guard !certificates.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
                return certificates
            }
            configuration.additionalTrustRoots = [.certificates(certificates)]
        } catch {
            throw FlowError(
                .invalidInput, "a trusted authority is no certificate in PEM: \(error)", cause: error)
        }
        return configuration
    }
}
