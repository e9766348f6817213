public import ClaudeFuzzing
internal import NIOCore

extension FuzzHarness {
    /// Parses `bytes` as what a client sends, whole and cut, and beside llhttp.
    ///
    /// The gateway may refuse what llhttp takes. It may never take what llhttp refuses, nor read anything else in it:
    /// that is how requests are smuggled past one of two parsers (RFC 9112 §11.2).
    public static func httpRequests(_ bytes: [UInt8]) -> String? {
        let whole = HTTPTrace.gatewayRequests([ByteBuffer(bytes: bytes)])
        guard whole.settled == HTTPTrace.gatewayRequests(pieces(of: bytes, seed: seed(of: bytes))).settled else {
            return "the requests depend on how they are cut"
        }
        return whole.contradiction(to: .referenceRequests(bytes))
    }

    /// Parses `bytes` as what the upstream answers, whole and cut, with the connection closed behind them and not, and
    /// beside llhttp.
    public static func httpResponse(_ bytes: [UInt8]) -> String? {
        for closes in [false, true] {
            let whole = HTTPTrace.gatewayResponse([ByteBuffer(bytes: bytes)], closes: closes)
            let cut = HTTPTrace.gatewayResponse(pieces(of: bytes, seed: seed(of: bytes)), closes: closes)
            guard whole.settled == cut.settled else { return "the response depends on how it is cut" }
            let reference = HTTPTrace.referenceResponse(bytes, closes: closes)
            if let finding = whole.contradiction(to: reference) { return finding }
        }
        return nil
    }

    /// What the gateway and llhttp make of a client's bytes.
    public static func httpRequestTraces(_ bytes: [UInt8]) -> (gateway: HTTPTrace, reference: HTTPTrace) {
        (.gatewayRequests([ByteBuffer(bytes: bytes)]), .referenceRequests(bytes))
    }

    /// What the gateway and llhttp make of an answer of the upstream, which then closes the connection.
    public static func httpResponseTraces(_ bytes: [UInt8]) -> (gateway: HTTPTrace, reference: HTTPTrace) {
        (.gatewayResponse([ByteBuffer(bytes: bytes)], closes: true), .referenceResponse(bytes, closes: true))
    }

    /// What the gateway makes of a client's bytes that arrive in `pieces`.
    public static func httpRequestTrace(_ pieces: [[UInt8]]) -> HTTPTrace {
        HTTPTrace.gatewayRequests(pieces.map { ByteBuffer(bytes: $0) }).settled
    }

    /// What the gateway makes of an answer that arrives in `pieces`, and then the connection closes.
    public static func httpResponseTrace(_ pieces: [[UInt8]]) -> HTTPTrace {
        HTTPTrace.gatewayResponse(pieces.map { ByteBuffer(bytes: $0) }, closes: true).settled
    }
}
