internal import NIOCore
internal import NIOPosix

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What the network said, in words for a person.
///
/// The descriptions of SwiftNIO's errors name functions and states of its own: "connection reset (error set): Connection
/// refused". Here an error of the system has the system's words alone.
package enum NetworkProblem {
    /// The most characters of an error of any other kind.
    private static let textLimit = 200

    /// The text of an error that connecting, listening, reading or writing threw.
    package static func text(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            // Of several addresses the last one tried says as much as the others.
            error.connectionErrors.last.map { text($0.error) } ?? "the name \(error.host) has no address"
        default: String("\(error)".prefix(textLimit))
        }
    }
}
