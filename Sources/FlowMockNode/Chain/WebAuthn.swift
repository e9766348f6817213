internal import ChainPrimitives
internal import Crypto

/// The extension data of a signature made by a passkey (FLIP 264; flow-go `model/flow/webauthn.go`).
enum WebAuthn {
    private struct Flags: OptionSet {
        let rawValue: UInt8
        static let userPresent = Flags(rawValue: 0x01)
        static let backupEligible = Flags(rawValue: 0x08)
        static let backupState = Flags(rawValue: 0x10)
        static let attestedCredential = Flags(rawValue: 0x40)
        static let extensions = Flags(rawValue: 0x80)
    }

    /// Whether the data names a scheme that exists, and is what that scheme demands for `message`: all but the signature
    /// itself is checked at submission (flow-go `access/validator`, `checkSignatureFormat`).
    static func isValid(_ extensionData: [UInt8], message: [UInt8]) -> Bool {
        switch extensionData.first {
        case nil: true
        case 0: extensionData.count == 1
        case 1: signedBytes(extensionData, message: message) != nil
        default: false
        }
    }

    /// The bytes that the passkey signed, or `nil` when the data is not about `message`.
    static func signedBytes(_ extensionData: [UInt8], message: [UInt8]) -> [UInt8]? {
        guard let (authenticator, client) = parts(extensionData), isSound(authenticator),
            let json = parsed(client), json["type"]?.text == "webauthn.get",
            let challenge = json["challenge"]?.text
        else { return nil }
        let expected = SHA256.hash(data: SignatureCheck.transactionTag + message)
        guard challenge == Base64.encodeForURL(Array(expected)) else { return nil }
        return authenticator + Array(SHA256.hash(data: client))
    }

    private static func isSound(_ data: [UInt8]) -> Bool {
        guard data.count >= 37, Array(data[..<32]) != SignatureCheck.transactionTag else { return false }
        let flags = Flags(rawValue: data[32])
        guard flags.contains(.userPresent) else { return false }
        if flags.contains(.backupState), !flags.contains(.backupEligible) { return false }
        let hasMore = !flags.isDisjoint(with: [.attestedCredential, .extensions])
        return (data.count > 37) == hasMore
    }

    private static func parsed(_ bytes: [UInt8]) -> MockJSON? {
        do { return try MockJSONParser.parse(bytes) } catch { return nil }
    }

    private static func parts(_ extensionData: [UInt8]) -> (authenticator: [UInt8], client: [UInt8])? {
        guard extensionData.first == 1 else { return nil }
        do {
            var reader = RLPReader(Array(extensionData.dropFirst()))
            var list = try reader.list()
            let parts = (try list.bytes(), try list.bytes())
            try list.finish()
            try reader.finish()
            return parts
        } catch {
            return nil
        }
    }
}
