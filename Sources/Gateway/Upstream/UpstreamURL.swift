/// The base URL of the API that calls are forwarded to: `http` or `https`, a host, and perhaps a port and a path prefix.
public struct UpstreamURL: Sendable, Hashable, CustomStringConvertible {
    /// Whether the connection is encrypted.
    public let isSecure: Bool
    /// A host name or an IP address, without brackets.
    public let host: String
    /// The port.
    public let port: Int
    /// What goes before every path; empty, or starting with a slash and not ending with one.
    public let pathPrefix: String

    /// The API of Anthropic.
    public static let anthropic = UpstreamURL(
        isSecure: true, host: "api.anthropic.com", port: 443, pathPrefix: "")

    private init(isSecure: Bool, host: String, port: Int, pathPrefix: String) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.pathPrefix = pathPrefix
    }

    /// Reads a URL such as `https://api.anthropic.com` or `http://[::1]:9000/claude`.
    public init(_ text: String) throws(GatewayError) {
        func refuse(_ why: String) -> GatewayError {
            GatewayError(
                .invalidConfiguration, "the upstream URL \(why); write it like https://api.anthropic.com")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw refuse("has characters no URL has") }
        var rest = Substring(text)
        if rest.lowercased().hasPrefix("https://") {
            isSecure = true
            rest = rest.dropFirst(8)
        } else if rest.lowercased().hasPrefix("http://") {
            isSecure = false
            rest = rest.dropFirst(7)
        } else {
            throw refuse("must begin with http:// or https://")
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let path = rest.dropFirst(authority.count)
        guard !authority.contains("@") else { throw refuse("must not hold credentials") }
        guard !path.contains("?"), !path.contains("#") else { throw refuse("must not have a query or fragment") }
        let hostText: Substring
        let portText: Substring?
        if authority.hasPrefix("["), let bracket = authority.firstIndex(of: "]") {
            hostText = authority[authority.index(after: authority.startIndex)..<bracket]
            let after = authority[authority.index(after: bracket)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw refuse("has a malformed host") }
            portText = after.isEmpty ? nil : after.dropFirst()
        } else {
            let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2, let first = parts.first else { throw refuse("has a malformed host") }
            hostText = first
            portText = parts.count == 2 ? parts[1] : nil
        }
        guard !hostText.isEmpty else { throw refuse("has no host") }
        host = String(hostText)
        if let portText {
            guard let number = Int(portText), (1...65_535).contains(number) else { throw refuse("has a wrong port") }
            port = number
        } else {
            port = isSecure ? 443 : 80
        }
        var prefix = path
        while prefix.hasSuffix("/") { prefix = prefix.dropLast() }
        pathPrefix = String(prefix)
    }

    /// Host and port as a `host` header writes them: the port only when it is not the scheme's.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// The URL.
    public var description: String { "\(isSecure ? "https" : "http")://\(authority)\(pathPrefix)" }
}
