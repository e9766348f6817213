internal import Synchronization

/// Credentials that are fetched when there are none yet, when they expire, and when a server refuses them.
///
/// Use it for passwords that are rotated and for tokens that expire:
///
/// ```swift
/// let provider = BoltRotatingAuthentication {
///     let token = try await signIn()
///     return (.bearer(token: token.text), expires: .now + .seconds(token.lifetime))
/// }
/// ```
public final class BoltRotatingAuthentication: BoltAuthenticationProvider {
    /// Fetches credentials and says when they expire; `nil` for never.
    public typealias Fetch = @Sendable () async throws -> (BoltAuthentication, expires: ContinuousClock.Instant?)

    private let fetch: Fetch
    private let now: @Sendable () -> ContinuousClock.Instant
    private let current = Mutex<(authentication: BoltAuthentication, expires: ContinuousClock.Instant?)?>(nil)

    /// Creates a provider.
    public convenience init(fetch: @escaping Fetch) { self.init(fetch: fetch, now: { .now }) }

    init(fetch: @escaping Fetch, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.fetch = fetch
        self.now = now
    }

    /// The credentials in hand, or new ones.
    public func credentials() async throws -> BoltAuthentication {
        let now = now()
        let valid = current.withLock { current -> BoltAuthentication? in
            guard let current, current.expires.map({ now < $0 }) ?? true else { return nil }
            return current.authentication
        }
        if let valid { return valid }
        // Two callers at once may both fetch; the later answer stays, and both are valid.
        let fetched = try await fetch()
        current.withLock { $0 = (fetched.0, fetched.expires) }
        return fetched.0
    }

    /// Drops the credentials if they are the refused ones.
    public func refused(_ credentials: BoltAuthentication, because failure: BoltServerFailure) async -> Bool {
        guard failure.code == BoltServerFailure.unauthorized || failure.code == BoltServerFailure.tokenExpired else {
            return false
        }
        current.withLock { if $0?.authentication == credentials { $0 = nil } }
        return true
    }
}
