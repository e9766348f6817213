/// The address of a server or cluster, as `scheme://host[:port][?context]`.
///
/// | scheme | encryption | routing |
/// |---|---|---|
/// | `bolt`, `neo4j` | none, unless ``BoltConfiguration/encryption`` says otherwise | `neo4j` |
/// | `bolt+s`, `neo4j+s` | TLS, certificates of known authorities | `neo4j+s` |
/// | `bolt+ssc`, `neo4j+ssc` | TLS, any certificate | `neo4j+ssc` |
public struct BoltURI: Sendable, Hashable, CustomStringConvertible {
    /// How the connection is protected.
    public enum Security: Sendable, Hashable {
        /// Not by the scheme.
        case none
        /// TLS with a certificate of a known authority for the host.
        case verified
        /// TLS with any certificate.
        case unverified
    }

    /// The server, or one of a cluster.
    public let address: BoltAddress
    /// How the connection is protected.
    public let security: Security
    /// The routing context; `nil` for the schemes without routing.
    public let routingContext: [String: String]?

    /// Reads an address.
    ///
    /// Throws ``BoltError/Code/invalidConfiguration``, which never repeats credentials that were put into the address.
    public init(_ text: String) throws(BoltError) {
        guard let colon = text.firstRange(of: "://") else {
            throw BoltError(.invalidConfiguration, "an address begins with bolt:// or neo4j:// (or +s, +ssc)")
        }
        let isRouting: Bool
        switch text[..<colon.lowerBound].lowercased() {
        case "bolt": (isRouting, security) = (false, .none)
        case "bolt+s": (isRouting, security) = (false, .verified)
        case "bolt+ssc": (isRouting, security) = (false, .unverified)
        case "neo4j": (isRouting, security) = (true, .none)
        case "neo4j+s": (isRouting, security) = (true, .verified)
        case "neo4j+ssc": (isRouting, security) = (true, .unverified)
        default:
            throw BoltError(
                .invalidConfiguration, "the scheme must be bolt, bolt+s, bolt+ssc, neo4j, neo4j+s or neo4j+ssc")
        }
        let rest = text[colon.upperBound...]
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let authority = parts[0].hasSuffix("/") ? parts[0].dropLast() : parts[0]
        guard !authority.contains("@") else {
            throw BoltError(
                .invalidConfiguration, "credentials do not belong into the address; pass them as authentication")
        }
        guard !authority.contains("/"), !rest.contains("#") else {
            throw BoltError(.invalidConfiguration, "an address has no path and no fragment")
        }
        address = try BoltAddress(String(authority))
        let query = parts.count > 1 ? parts[1] : ""
        guard isRouting else {
            guard query.isEmpty else {
                throw BoltError(.invalidConfiguration, "only neo4j:// addresses can have a routing context")
            }
            routingContext = nil
            return
        }
        routingContext = try Self.context(query)
    }

    private static func context(_ query: Substring) throws(BoltError) -> [String: String] {
        var context: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(percentDecoded)
            guard halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty, halves[0] != "address" else {
                throw BoltError(
                    .invalidConfiguration, "a routing context has pairs name=value, and none is named address")
            }
            guard context.updateValue(halves[1], forKey: halves[0]) == nil else {
                throw BoltError(.invalidConfiguration, "the routing context has \(halves[0]) twice")
            }
        }
        return context
    }

    private static func percentDecoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a cluster is asked which server to use.
    public var isRouting: Bool { routingContext != nil }

    /// The scheme and the address.
    public var description: String {
        let scheme = isRouting ? "neo4j" : "bolt"
        let suffix =
            switch security {
            case .none: ""
            case .verified: "+s"
            case .unverified: "+ssc"
            }
        return "\(scheme)\(suffix)://\(address)"
    }
}

/// Gives the addresses to ask for the first routing table, for names that the system's resolver does not know.
public protocol BoltResolver: Sendable {
    /// The addresses to try instead of `address`, in this order.
    ///
    /// Throwing fails the acquisition with ``BoltError/Code/serviceUnavailable``.
    func resolve(_ address: BoltAddress) async throws -> [BoltAddress]
}
