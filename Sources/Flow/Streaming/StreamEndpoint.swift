/// Where a node's WebSocket is.
struct StreamEndpoint: Sendable, Hashable {
    var isSecure: Bool
    var host: String
    var port: Int
    var path: String

    init(_ node: AccessNode) throws(FlowError) {
        isSecure = node.url.hasPrefix("https://")
        let rest = node.url.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { $0 != "/" }
        path = rest.dropFirst(authority.count) + "/ws"
        // In an address of IPv6 the colons are inside of brackets.
        let isBracketed = authority.hasPrefix("[")
        let name = isBracketed ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        let tail = authority.dropFirst(name.count + (isBracketed ? 2 : 0))
        host = String(name)
        guard !host.isEmpty, let port = tail.isEmpty ? (isSecure ? 443 : 80) : Int(tail.dropFirst()),
            tail.isEmpty || tail.hasPrefix(":"), (1...65535).contains(port)
        else { throw FlowError(.invalidInput, "'\(node)' names no host and port") }
        self.port = port
    }

    /// Whether the host is an IP address and not a name.
    var isAddress: Bool {
        host.contains(":") || host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || $0 &- UInt8(ascii: "0") < 10 }
    }

    /// The value of the `Host` header.
    var hostHeader: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }
}
