/// An access node, and how much it lets one client ask.
///
/// A node that is a service may want a key, in ``headers`` or in the path of its address. Printed, a node shows neither.
public struct AccessNode: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The address up to and including `/v1`.
    public let url: String
    /// What requests and the handshakes of WebSockets carry besides, as `["x-api-key": key]`.
    public let headers: [String: String]
    /// The most requests a second; `nil` for no limit of this client's own.
    public var requestsPerSecond: UInt32?

    /// Creates a node from its address, as `https://rest-testnet.onflow.org`; `/v1` is added when it is not there.
    ///
    /// - Throws: ``FlowError/Code/invalidInput`` for an address that is not HTTP's, has no host, or has more behind its path,
    ///   and for a header that cannot be sent. The message holds neither.
    public init(
        _ url: String, headers: [String: String] = [:], requestsPerSecond: UInt32? = nil
    ) throws(FlowError) {
        let scheme = ["http://", "https://"].first { url.hasPrefix($0) }
        guard let scheme, !url.dropFirst(scheme.count).hasPrefix("/"),
            url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !url.contains("@")
        else {
            throw FlowError(
                .invalidInput, "an access node's address begins with http:// or https:// and holds no credentials")
        }
        guard !url.contains("?"), !url.contains("#") else {
            throw FlowError(.invalidInput, "an access node's address ends with its path: it has no '?' and no '#'")
        }
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isNameByte),
                value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
            else {
                throw FlowError(.invalidInput, "'\(name.prefix(40))' cannot be a header with its value (RFC 9110)")
            }
        }
        var base = url
        while base.hasSuffix("/"), base.count > scheme.count { base.removeLast() }
        self.url = base.hasSuffix("/v1") ? base : base + "/v1"
        self.headers = headers
        self.requestsPerSecond = requestsPerSecond
        _ = try StreamEndpoint(self)
    }

    private init(known url: String, requestsPerSecond: UInt32?) {
        self.url = url
        headers = [:]
        self.requestsPerSecond = requestsPerSecond
    }

    /// The public nodes of the main network; they allow about 50 transactions a second and 100 other requests.
    public static let mainnet = AccessNode(known: "https://rest-mainnet.onflow.org/v1", requestsPerSecond: 40)
    /// The public nodes of the test network.
    public static let testnet = AccessNode(known: "https://rest-testnet.onflow.org/v1", requestsPerSecond: 40)
    /// An emulator on this machine.
    public static let emulator = AccessNode(known: "http://localhost:8888/v1", requestsPerSecond: nil)

    /// The address; what stands between the host and `/v1`, often a key, is `…`.
    public var description: String {
        let parts = url.split(separator: "/", omittingEmptySubsequences: false)
        // http:, nothing, the host, and v1.
        return parts.count > 4 ? "\(parts[0])//\(parts[2])/…/v1" : url
    }

    /// The address as ``description`` shows it: headers may be secrets.
    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }

    /// Whether a header's name may have the byte (RFC 9110, section 5.6.2).
    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
            || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
