/// Keys as PEM text (RFC 7468).
enum KeyText {
    private static let ecPublicKey: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
    private static let p256: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
    private static let secp256k1: [UInt8] = [0x2B, 0x81, 0x04, 0x00, 0x0A]

    /// The label and the bytes of the first block whose label is one of `labels`.
    static func block(_ pem: String, labels: [String]) throws(FlowError) -> (label: String, der: [UInt8]) {
        var label: String?
        var body = ""
        for line in pem.split(whereSeparator: \.isNewline) {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if let open = label {
                if line.hasPrefix("-----END \(open)-----") {
                    guard let der = Base64.decode(body) else { break }
                    return (open, der)
                }
                if line.hasPrefix("Proc-Type:") { throw encrypted }
                body += line.filter { !$0.isWhitespace }
            } else {
                if line.hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----") { throw encrypted }
                label = labels.first { line.hasPrefix("-----BEGIN \($0)-----") }
            }
        }
        throw FlowError(.invalidKey, "the text has no whole PEM block '\(labels.joined(separator: "' or '"))'")
    }

    private static var encrypted: FlowError {
        FlowError(.invalidKey, "the key is encrypted with a passphrase: decrypt it first, as with `openssl pkcs8`")
    }

    /// The private key of `EC PRIVATE KEY` (RFC 5915) or `PRIVATE KEY` (RFC 5208).
    static func privateKey(_ pem: String) throws(FlowError) -> (SignatureAlgorithm, [UInt8]) {
        let (label, der) = try block(pem, labels: ["EC PRIVATE KEY", "PRIVATE KEY"])
        var reader = DERReader(der)
        if label == "EC PRIVATE KEY" { return try ecPrivateKey(&reader, algorithm: nil) }
        var info = try reader.sequence()
        try reader.finish()
        _ = try info.unsignedInteger(byteCount: 1)
        let algorithm = try algorithm(&info)
        var inner = DERReader(try info.octetString())
        return try ecPrivateKey(&inner, algorithm: algorithm)
    }

    private static func ecPrivateKey(
        _ reader: inout DERReader, algorithm stated: SignatureAlgorithm?
    ) throws(FlowError) -> (SignatureAlgorithm, [UInt8]) {
        var key = try reader.sequence()
        try reader.finish()
        guard try key.unsignedInteger(byteCount: 1) == [1] else {
            throw FlowError(.invalidKey, "an EC private key of another version than 1")
        }
        let secret = try key.octetString()
        var algorithm = stated
        if key.nextTag == 0xA0 {
            var parameters = try key.explicit(0)
            algorithm = try curve(try parameters.objectIdentifier())
            guard stated == nil || stated == algorithm else {
                throw FlowError(.invalidKey, "the key names two curves")
            }
        }
        guard let algorithm else { throw FlowError(.invalidKey, "the key does not say which curve it is on") }
        return (algorithm, [UInt8](repeating: 0, count: max(0, 32 - secret.count)) + secret)
    }

    /// The public key of `PUBLIC KEY` (RFC 5480).
    static func publicKey(_ pem: String) throws(FlowError) -> (SignatureAlgorithm, [UInt8]) {
        var reader = DERReader(try block(pem, labels: ["PUBLIC KEY"]).der)
        var info = try reader.sequence()
        try reader.finish()
        let algorithm = try algorithm(&info)
        let point = try info.bitString()
        try info.finish()
        guard point.count == 65, point[0] == 4 else {
            throw FlowError(.invalidKey, "the public key is not in its uncompressed form")
        }
        return (algorithm, Array(point.dropFirst()))
    }

    private static func algorithm(_ info: inout DERReader) throws(FlowError) -> SignatureAlgorithm {
        var identifier = try info.sequence()
        guard try identifier.objectIdentifier() == ecPublicKey else {
            throw FlowError(.invalidKey, "the key is not for elliptic curves")
        }
        return try curve(try identifier.objectIdentifier())
    }

    private static func curve(_ identifier: [UInt8]) throws(FlowError) -> SignatureAlgorithm {
        switch identifier {
        case p256: .ecdsaP256
        case secp256k1: .ecdsaSecp256k1
        default: throw FlowError(.invalidKey, "the key is on another curve than P-256 and secp256k1")
        }
    }

    /// Wraps bytes in a PEM block.
    static func pem(_ label: String, _ der: [UInt8]) -> String {
        let body = Array(Base64.encode(der))
        let lines = stride(from: 0, to: body.count, by: 64).map { String(body[$0..<min($0 + 64, body.count)]) }
        return (["-----BEGIN \(label)-----"] + lines + ["-----END \(label)-----"]).joined(separator: "\n") + "\n"
    }

    /// A public key as the bytes of `PUBLIC KEY`.
    static func der(_ key: FlowPublicKey) -> [UInt8] {
        let curve = key.algorithm == .ecdsaP256 ? p256 : secp256k1
        let identifier = element(0x30, element(0x06, ecPublicKey) + element(0x06, curve))
        return element(0x30, identifier + element(0x03, [0, 4] + key.rawRepresentation))
    }

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag, UInt8(content.count)] + content }
}

extension FlowPrivateKey {
    /// Reads a key from PEM text: `EC PRIVATE KEY` or `PRIVATE KEY`, not encrypted.
    public init(pem: String) throws(FlowError) {
        let (algorithm, bytes) = try KeyText.privateKey(pem)
        try self.init(algorithm, rawRepresentation: bytes)
    }
}

extension FlowPublicKey {
    /// Reads a key from PEM text: `PUBLIC KEY`.
    public init(pem: String) throws(FlowError) {
        let (algorithm, bytes) = try KeyText.publicKey(pem)
        try self.init(algorithm, rawRepresentation: bytes)
    }

    /// The key as PEM text.
    public var pem: String { KeyText.pem("PUBLIC KEY", KeyText.der(self)) }
}
