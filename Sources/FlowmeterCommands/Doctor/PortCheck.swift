#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Looks whether the gateway's port is free, or taken by a gateway.
struct PortCheck: Sendable {
    func finding(_ settings: Settings) async throws -> Finding {
        let address: ListenAddress
        do throws(CommandError) { address = try ListenAddress(settings: settings) } catch {
            return .failed("port", error.message, fix: error.fix)
        }
        if address.port == 0 { return .ok("port", "the system will choose one") }
        if isFree(address.port) { return .ok("port", "\(address) is free") }
        if try await HTTPProbe.status(of: .get, address.url(path: "/healthz"), seconds: 2) == 200 {
            return .ok("port", "a gateway serves \(address)")
        }
        return .failed(
            "port", "\(address) is used by another program",
            fix: "choose another port with FLOWMETER_PORT, or end what uses it (see 'ss -ltnp')")
    }

    /// Whether the port can be bound on loopback, as a server would bind it.
    private func isFree(_ port: Int) -> Bool {
        #if canImport(Glibc)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
