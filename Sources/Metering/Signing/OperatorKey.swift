internal import Crypto

/// An operator's Ed25519 key (RFC 8032), which signs receipts and commitments.
///
/// Whatever prints it prints its id.
public struct OperatorKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let privateKey: Curve25519.Signing.PrivateKey
    /// The public key's id.
    public let id: OperatorKeyID

    /// Generates a key.
    public init() { self.init(Curve25519.Signing.PrivateKey()) }

    /// Restores a key from its 32-byte seed.
    ///
    /// - Throws: `keyUnavailable` when there are not 32 bytes.
    public init(seed: [UInt8]) throws(MeteringError) {
        do { self.init(try Curve25519.Signing.PrivateKey(rawRepresentation: seed)) } catch {
            throw MeteringError(.keyUnavailable, "an Ed25519 seed has 32 bytes")
        }
    }

    private init(_ privateKey: Curve25519.Signing.PrivateKey) {
        self.privateKey = privateKey
        id = OperatorKeyID(publicKey: Array(privateKey.publicKey.rawRepresentation))
    }

    /// The 32 bytes of the public key.
    public var publicKey: [UInt8] { Array(privateKey.publicKey.rawRepresentation) }
    /// The 32 bytes from which the key can be restored: a secret.
    var seed: [UInt8] { Array(privateKey.rawRepresentation) }

    /// Signs a document.
    ///
    /// - Throws: `keyUnavailable` when the cryptographic library fails.
    public func sign(_ document: [UInt8], as context: SignatureContext) throws(MeteringError) -> [UInt8] {
        do { return Array(try privateKey.signature(for: context.message(document))) } catch {
            throw MeteringError(.keyUnavailable, "signing with the operator key \(id) failed", cause: error)
        }
    }

    /// The key's id.
    public var description: String { "OperatorKey(\(id))" }
    /// The key's id.
    public var debugDescription: String { description }
    /// No more than the key's id.
    public var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}
