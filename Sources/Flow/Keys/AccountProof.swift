internal import ChainPrimitives

/// The proof that somebody holds an account, as wallets give it to a server at login (FCL's account proof).
public struct AccountProof: Sendable, Hashable {
    /// The name of the application that asked.
    public var appIdentifier: String
    /// The account.
    public var address: FlowAddress
    /// What the server asked with: at least 32 bytes, used once.
    public var nonce: [UInt8]

    /// Creates a proof to sign or verify.
    public init(appIdentifier: String, address: FlowAddress, nonce: [UInt8]) throws(FlowError) {
        guard nonce.count >= 32 else {
            throw FlowError(.invalidInput, "a nonce has at least 32 bytes, not \(nonce.count)")
        }
        self.appIdentifier = appIdentifier
        self.address = address
        self.nonce = nonce
    }

    /// Creates a proof to sign or verify, from a nonce in hexadecimal digits, the form that wallets are given it in.
    public init(appIdentifier: String, address: FlowAddress, nonceHex: String) throws(FlowError) {
        let nonce: [UInt8]
        do { nonce = try Hex.decode(nonceHex, allowsPrefix: true) } catch {
            throw FlowError(.invalidInput, "a nonce is written with hexadecimal digits, two for each byte")
        }
        try self.init(appIdentifier: appIdentifier, address: address, nonce: nonce)
    }

    /// The bytes that are signed, tag included.
    public var message: [UInt8] { DomainTag.accountProof.bytes + encoded }

    /// The proof's RLP, without the tag.
    public var encoded: [UInt8] {
        var encoder = RLPEncoder()
        encoder.list { encoder in
            encoder.bytes(appIdentifier.utf8)
            encoder.bytes(address.bytes)
            encoder.bytes(nonce)
        }
        return encoder.encoded
    }
}
