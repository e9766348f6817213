/// The address that the gateway listens on.
struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    var host: String
    var port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// The address that the settings name; `127.0.0.1:8080` unless they say otherwise.
    init(settings: Settings) throws(CommandError) {
        host = settings.text(.host) ?? "127.0.0.1"
        port = try settings.integer(.port, in: 0...65_535) ?? 8080
    }

    /// Whether only programs on this machine can connect.
    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    /// A URL of this address; an address that means "all" is asked on loopback.
    func url(path: String = "") -> String {
        let reachable = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host
        return "http://\(ListenAddress(host: reachable, port: port))\(path)"
    }

    var description: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
}
