/// The token that gives access to all customers' documents below `/api/v1`.
///
/// It has no description, so that it cannot be printed by accident.
public struct AdminToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let secret: [UInt8]

    /// Wraps a token.
    ///
    /// - Throws: `invalidConfiguration` when it is shorter than 16 characters or cannot be sent in a header.
    public init(_ secret: String) throws(GatewayError) {
        guard secret.utf8.count >= 16, secret.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw GatewayError(
                .invalidConfiguration,
                "the administrator's token is shorter than 16 characters, or has some that a header cannot hold")
        }
        self.secret = Array(secret.utf8)
    }

    /// Whether a request comes with the token, in `x-api-key` or as a Bearer token.
    func isSent(with fields: HTTPFieldSet) -> Bool {
        fields.fields.contains { field in
            guard field.kind == .xAPIKey || field.kind == .authorization else { return false }
            return fields.withValue(field) { value in
                isEqual(field.kind == .xAPIKey ? value : Authenticator.bearerToken(value))
            }
        }
    }

    /// Compares every byte whatever the first difference is: the time tells nothing but the length.
    private func isEqual(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count == secret.count else { return false }
        var difference: UInt8 = 0
        for (byte, expected) in zip(bytes, secret) { difference |= byte ^ expected }
        return difference == 0
    }

    /// `***`, never the secret.
    public var description: String { "***" }
    /// `***`, never the secret.
    public var debugDescription: String { "***" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
