/// A `Content-Encoding` that can be read (RFC 9110, section 8.4.1).
public enum ContentEncoding: String, Sendable, Hashable, CaseIterable {
    /// The bytes as they are.
    case identity
    /// The gzip format, RFC 1952, of one or more members.
    case gzip
    /// The zlib format, RFC 1950; also raw deflate data, RFC 1951, which some senders give this name.
    case deflate

    /// Reads the value of a `Content-Encoding` header; `nil` stands for a response without one.
    /// - Throws: ``ClaudeError/Code/compression`` when the encoding, or a chain of several, cannot be read.
    public init(header: String?) throws(ClaudeError) {
        let names = (header ?? "").split(separator: ",").map { name in
            name.filter { $0 != " " && $0 != "\t" }.lowercased()
        }
        let encodings = names.filter { !$0.isEmpty && $0 != "identity" }
        guard let name = encodings.first else {
            self = .identity
            return
        }
        guard encodings.count == 1 else {
            throw ClaudeError(.compression, "several content encodings on top of each other cannot be read")
        }
        switch name {
        case "gzip", "x-gzip": self = .gzip
        case "deflate": self = .deflate
        default:
            throw ClaudeError(
                .compression,
                "content encoding \(Self.printable(name)) cannot be read; ask for gzip or identity in accept-encoding")
        }
    }

    /// A header's value comes from outside: only what an encoding's name may hold goes into an error text.
    private static func printable(_ name: String) -> String {
        String(name.unicodeScalars.prefix(32).filter { $0.isASCII && $0.value > 0x20 && $0.value != 0x7F })
    }
}
