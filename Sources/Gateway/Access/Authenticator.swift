import Metering

/// What became of a request's credentials.
enum Authentication: Hashable {
    case accepted(Principal)
    /// No key was sent, or none is needed but the peer is not local.
    ///
    /// Looking at the store again would not help.
    case refused(String)
    /// A key was sent that is not known.
    case unknownKey
}

/// Decides who makes a request: by its headers, its peer and the keys known.
///
/// A connection sends the same key again and again; so the last one that was good is remembered, and compared instead of
/// hashed. It is forgotten when the directory changes.
struct Authenticator {
    private var lastSecret: [UInt8] = []
    private var lastPrincipal: Principal?
    private var lastVersion = Int64.min

    /// Keys are taken from `x-api-key` and from `Authorization: Bearer`.
    ///
    /// Clients may send both, and only one need be good: Claude Code sends whatever its environment holds in either.
    mutating func authenticate(
        _ fields: HTTPFieldSet, isLoopback: Bool, access: AccessSnapshot
    ) -> Authentication {
        guard access.ring.hasKeys else {
            guard isLoopback else {
                return .refused(
                    "This gateway has no keys yet and so serves only the machine it runs on. Create a key on it first.")
            }
            guard fields.first(.foreignOrigin) == nil else {
                return .refused(
                    "This request came through a proxy or from a web page, and this gateway has no keys yet and so serves "
                        + "only the programs of its own machine. Create a key on it first.")
            }
            // Who sends a key of a gateway means a customer, not the machine: the first key may be younger than what
            // was last read of the store, and its calls must not be charged to another.
            return sendsGatewayKey(fields) ? .unknownKey : .accepted(access.loopbackPrincipal)
        }
        if lastVersion != access.version {
            lastVersion = access.version
            lastPrincipal = nil
        }
        var sawCredential = false
        for field in fields.fields where field.kind == .xAPIKey || field.kind == .authorization {
            sawCredential = true
            let known: Principal? = fields.withValue(field) { value in
                self.principal(secret: field.kind == .xAPIKey ? value : Self.bearerToken(value), access)
            }
            if let known { return .accepted(known) }
        }
        return sawCredential
            ? .unknownKey
            : .refused("x-api-key header is required: send a key of this gateway in x-api-key or as a Bearer token.")
    }

    /// What a client with an unknown key is told.
    static let unknownKeyMessage = "invalid x-api-key: it is not a key of this gateway, or it was revoked."

    private mutating func principal(secret: UnsafeRawBufferPointer, _ access: AccessSnapshot) -> Principal? {
        if let lastPrincipal, lastSecret.elementsEqual(secret) { return lastPrincipal }
        guard let principal = access.principal(secret: secret) else { return nil }
        lastSecret = Array(secret)
        lastPrincipal = principal
        return principal
    }

    /// Whether a credential looks like a key that a gateway made.
    private func sendsGatewayKey(_ fields: HTTPFieldSet) -> Bool {
        fields.fields.contains { field in
            switch field.kind {
            case .xAPIKey: fields.withValue(field) { $0.starts(with: APIKeySecret.prefix.utf8) }
            case .authorization:
                fields.withValue(field) { Self.bearerToken($0).starts(with: APIKeySecret.prefix.utf8) }
            default: false
            }
        }
    }

    /// The token of `Bearer TOKEN`; empty when the value is something else.
    static func bearerToken(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard value.startsLowercased("bearer ") else { return UnsafeRawBufferPointer(rebasing: value[..<0]) }
        return UnsafeRawBufferPointer(rebasing: value[7...]).trimmed()
    }
}
