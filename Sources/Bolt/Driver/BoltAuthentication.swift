/// Credentials for a server.
///
/// They are never part of a description, an error or a log.
public struct BoltAuthentication: Sendable, Hashable {
    let scheme: String
    let principal: String?
    let credentials: String?
    let realm: String?
    let parameters: [String: BoltValue]?

    private init(
        scheme: String, principal: String? = nil, credentials: String? = nil, realm: String? = nil,
        parameters: [String: BoltValue]? = nil
    ) {
        self.scheme = scheme
        self.principal = principal
        self.credentials = credentials
        self.realm = realm
        self.parameters = parameters
    }

    /// No credentials, for a server that asks for none.
    public static let none = BoltAuthentication(scheme: "none")

    /// A user name and a password.
    public static func basic(username: String, password: String, realm: String? = nil) -> BoltAuthentication {
        BoltAuthentication(scheme: "basic", principal: username, credentials: password, realm: realm)
    }

    /// A token of a single sign-on service.
    public static func bearer(token: String) -> BoltAuthentication {
        BoltAuthentication(scheme: "bearer", credentials: token)
    }

    /// A Kerberos ticket in base 64.
    public static func kerberos(ticket: String) -> BoltAuthentication {
        BoltAuthentication(scheme: "kerberos", principal: "", credentials: ticket)
    }

    /// A scheme of a plug-in of the server.
    public static func custom(
        scheme: String, principal: String?, credentials: String?, realm: String? = nil,
        parameters: [String: BoltValue]? = nil
    ) -> BoltAuthentication {
        BoltAuthentication(
            scheme: scheme, principal: principal, credentials: credentials, realm: realm, parameters: parameters)
    }

    func add(to extra: inout ExtraMap) {
        extra["scheme"] = scheme
        extra["principal"] = principal
        extra["credentials"] = credentials
        extra["realm"] = realm
        extra["parameters"] = parameters
    }
}

extension BoltAuthentication: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The scheme alone.
    public var description: String { "\(scheme) credentials" }
    /// The scheme alone.
    public var debugDescription: String { description }
    /// Nothing but the scheme, so that `dump` and string interpolation of containers show no secret.
    public var customMirror: Mirror { Mirror(self, children: ["scheme": scheme]) }
}

/// A source of credentials that may change while the driver runs.
///
/// The driver asks for every connection that it opens or reuses, so answers should come from memory. When a server
/// refuses the credentials or calls them expired, the driver says so; if the provider can do better next time, the
/// failed work may be tried again.
public protocol BoltAuthenticationProvider: Sendable {
    /// The credentials to use now.
    ///
    /// Throwing fails the acquisition of the connection with ``BoltError/Code/authentication``.
    func credentials() async throws -> BoltAuthentication

    /// Notes that a server refused `credentials`; returns whether the next ones may be better.
    func refused(_ credentials: BoltAuthentication, because failure: BoltServerFailure) async -> Bool
}

/// Credentials that stay the same.
struct StaticAuthentication: BoltAuthenticationProvider {
    let authentication: BoltAuthentication
    func credentials() async throws -> BoltAuthentication { authentication }
    func refused(_ credentials: BoltAuthentication, because failure: BoltServerFailure) async -> Bool { false }
}
