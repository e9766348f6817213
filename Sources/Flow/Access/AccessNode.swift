/// An access node, and how much it lets one client ask.
public struct AccessNode: Sendable, Hashable {
    /// The address up to and including `/v1`.
    public var url: String
    /// The most requests a second; `nil` for no limit of this client's own.
    public var requestsPerSecond: UInt32?

    /// Creates a node from its address, as `https://rest-testnet.onflow.org`; `/v1` is added when it is not there.
    public init(_ url: String, requestsPerSecond: UInt32? = nil) throws(FlowError) {
        guard url.hasPrefix("http://") || url.hasPrefix("https://"), !url.contains(" "), !url.contains("@") else {
            throw FlowError(
                .invalidInput, "an access node's address begins with http:// or https:// and holds no credentials")
        }
        var base = url
        while base.hasSuffix("/") { base.removeLast() }
        self.url = base.hasSuffix("/v1") ? base : base + "/v1"
        self.requestsPerSecond = requestsPerSecond
    }

    private init(known url: String, requestsPerSecond: UInt32?) {
        self.url = url
        self.requestsPerSecond = requestsPerSecond
    }

    /// The public nodes of the main network; they allow about 50 transactions a second and 100 other requests.
    public static let mainnet = AccessNode(known: "https://rest-mainnet.onflow.org/v1", requestsPerSecond: 40)
    /// The public nodes of the test network.
    public static let testnet = AccessNode(known: "https://rest-testnet.onflow.org/v1", requestsPerSecond: 40)
    /// An emulator on this machine.
    public static let emulator = AccessNode(known: "http://localhost:8888/v1", requestsPerSecond: nil)
}
