internal import FoundationEssentials

/// The address of a Flare node: `FLARE_ENDPOINT`.
///
/// Its path and query may hold a key of the node's operator, so texts show ``origin`` alone.
struct FlareEndpoint: Sendable {
    /// The whole address, for the request.
    let url: String
    /// Scheme, host and port, for people.
    let origin: String

    /// The endpoint that the settings name; `nil` when they name none.
    init?(_ settings: Settings) throws(CommandError) {
        guard let text = settings.text(.flareEndpoint) else { return nil }
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty, parts.user == nil
        else {
            throw CommandError(
                "FLARE_ENDPOINT is no address of a node",
                fix: "write it as https://coston2-api.flare.network/ext/C/rpc, without a name or password",
                status: .usage)
        }
        url = text
        origin = "\(scheme)://\(host)" + (parts.port.map { ":\($0)" } ?? "")
    }
}
