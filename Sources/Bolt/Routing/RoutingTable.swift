internal import NIOCore

/// Which servers of a cluster do what, for one database; valid for a while.
struct RoutingTable: Sendable, Equatable {
    /// The database; `nil` when the server does not say.
    var database: String?
    var routers: [BoltAddress]
    var readers: [BoltAddress]
    var writers: [BoltAddress]
    var expires: NIODeadline
    /// Whether there was no writer when the table was fetched: the cluster was electing one.
    var lackedWriters: Bool

    /// Reads the answer to `ROUTE`.
    ///
    /// Throws ``BoltError/Code/routing`` when it names no router or no reader.
    init(_ metadata: BoltMap, now: NIODeadline) throws(BoltError) {
        guard let table = metadata["rt"]?.map, let servers = table["servers"]?.list else {
            throw BoltError(.routing, "the server answered without a routing table", isRetryable: true)
        }
        (routers, readers, writers) = ([], [], [])
        for server in servers {
            guard let server = server.map else { continue }
            var addresses: [BoltAddress] = []
            for text in server["addresses"]?.list?.compactMap(\.string) ?? [] {
                addresses.append(try BoltAddress(text))
            }
            switch server["role"]?.string {
            case "ROUTE": routers += addresses
            case "READ": readers += addresses
            case "WRITE": writers += addresses
            default: break
            }
        }
        guard !routers.isEmpty, !readers.isEmpty else {
            throw BoltError(.routing, "the routing table has no router or no reader", isRetryable: true)
        }
        database = table["db"]?.string
        lackedWriters = writers.isEmpty
        let seconds = min(max(table["ttl"]?.integer ?? 0, 0), 1 << 31)
        expires = now + .seconds(seconds)
    }

    /// The servers for an access mode.
    func servers(_ mode: BoltAccessMode) -> [BoltAddress] { mode == .read ? readers : writers }

    /// Whether the table serves a mode now.
    func isFresh(for mode: BoltAccessMode, at now: NIODeadline) -> Bool {
        now < expires && !routers.isEmpty && !servers(mode).isEmpty
    }

    /// Drops a server that cannot be reached.
    mutating func remove(_ address: BoltAddress) {
        routers.removeAll { $0 == address }
        readers.removeAll { $0 == address }
        writers.removeAll { $0 == address }
    }

    /// Drops a server that takes no writes any more.
    mutating func removeWriter(_ address: BoltAddress) { writers.removeAll { $0 == address } }

    var all: Set<BoltAddress> { Set(routers).union(readers).union(writers) }
}

/// Whether a unit of work reads or writes; a cluster has different servers for it.
public enum BoltAccessMode: Sendable, Hashable {
    /// It only reads.
    case read
    /// It may write.
    case write
}
