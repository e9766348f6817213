/// The address of a server.
public struct BoltAddress: Sendable, Hashable, CustomStringConvertible {
    /// The port that servers listen on unless told otherwise.
    public static let defaultPort = 7687

    /// The host name or IP address.
    public var host: String
    /// The port.
    public var port: Int

    /// Creates an address.
    public init(host: String, port: Int = defaultPort) {
        self.host = host
        self.port = port
    }

    /// Reads `host`, `host:port`, `[::1]` or `[::1]:port`.
    ///
    /// Throws ``BoltError/Code/invalidConfiguration`` when the text is something else.
    public init(_ text: String) throws(BoltError) {
        let invalid = BoltError(.invalidConfiguration, "an address must be host:port; an IPv6 address needs brackets")
        var rest = text[...]
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { throw invalid }
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            host = String(rest[..<end])
            rest = rest[end...]
        }
        guard !host.isEmpty, !host.contains(where: { $0 == " " || $0 == "/" }) else { throw invalid }
        if rest.isEmpty {
            port = Self.defaultPort
        } else {
            guard rest.first == ":", let port = UInt16(rest.dropFirst()), port > 0 else { throw invalid }
            self.port = Int(port)
        }
    }

    /// The form `host:port`.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether the host is an IP address, which is no name to present to the server.
    var isIPAddress: Bool {
        host.contains(":") || (!host.isEmpty && host.allSatisfy { $0.isNumber || $0 == "." })
    }
}
