internal import ChainPrimitives

/// Signatures made by passkeys (FLIP 264): the authenticator signs its own data around a challenge.
public struct WebAuthn: Sendable, Hashable {
    /// The authenticator's data, at least 37 bytes.
    public var authenticatorData: [UInt8]
    /// The JSON that the browser made of the challenge.
    public var clientDataJSON: [UInt8]

    /// Creates the data of a passkey's signature.
    public init(authenticatorData: [UInt8], clientDataJSON: [UInt8]) {
        self.authenticatorData = authenticatorData
        self.clientDataJSON = clientDataJSON
    }

    /// What the browser is given to sign: SHA2-256 of a payload's or envelope's message, tag included.
    public static func challenge(for message: [UInt8]) -> [UInt8] { HashAlgorithm.sha2.digest(of: message) }

    /// The signature's ``TransactionSignature/extensionData``.
    public var extensionData: [UInt8] {
        var encoder = RLPEncoder()
        encoder.list { encoder in
            encoder.bytes(authenticatorData)
            encoder.bytes(clientDataJSON)
        }
        return [1] + encoder.encoded
    }

    /// Reads a signature's extension data.
    public init(extensionData: [UInt8]) throws(FlowError) {
        guard extensionData.first == 1 else { throw Self.invalid("its first byte is not 1") }
        do throws(ChainPrimitivesError) {
            var reader = RLPReader(Array(extensionData.dropFirst()))
            var list = try reader.list()
            authenticatorData = try list.bytes()
            clientDataJSON = try list.bytes()
            try list.finish()
            try reader.finish()
        } catch {
            throw Self.invalid(error.message)
        }
    }

    /// The bytes that the passkey's key signs, and whose digest is verified: no tag is in front of them.
    public var signedMessage: [UInt8] { authenticatorData + HashAlgorithm.sha2.digest(of: clientDataJSON) }

    /// Checks everything that a node checks of it, but the signature.
    ///
    /// - Parameter message: The payload's or envelope's message, tag included.
    public func check(for message: [UInt8]) throws(FlowError) {
        let data = try JSONDocument(clientDataJSON).root
        guard try data["type"].isString("webauthn.get") else { throw Self.invalid("the type is not webauthn.get") }
        let challenge = try data["challenge"].string()
        guard Self.decodedURL(challenge) == Self.challenge(for: message) else {
            throw Self.invalid("the challenge is not the transaction's")
        }
        guard authenticatorData.count >= 37 else { throw Self.invalid("the authenticator's data is too short") }
        let flags = authenticatorData[32]
        guard flags & 0x01 != 0 else { throw Self.invalid("no user was present") }
        guard flags & 0x10 == 0 || flags & 0x08 != 0 else { throw Self.invalid("a backup that is not allowed") }
        guard (authenticatorData.count > 37) == (flags & 0xC0 != 0) else {
            throw Self.invalid("extensions that the flags do not tell of")
        }
        guard authenticatorData[..<32] != DomainTag.transaction.bytes[...] else {
            throw Self.invalid("the relying party is the transaction tag")
        }
    }

    /// Base 64 for URLs, without padding.
    private static func decodedURL(_ text: String) -> [UInt8]? {
        guard !text.contains(where: { $0 == "+" || $0 == "/" || $0 == "=" }) else { return nil }
        let standard = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        return Base64.decode(String(standard) + String(repeating: "=", count: (4 - standard.count % 4) % 4))
    }

    private static func invalid(_ reason: String) -> FlowError {
        FlowError(.invalidSignature, "the signature has invalid extension data: \(reason)")
    }
}
