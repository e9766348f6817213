internal import NIOCore
internal import NIOPosix

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Why an access node cannot be reached, in words for a person.
enum ConnectionProblem {
    /// The text of an error of the network.
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            // Of several addresses the last one tried says as much as the others.
            error.connectionErrors.last.map { text($0.error) } ?? "the name \(error.host) has no address"
        default: "\(error)"
        }
    }
}
