import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the network said, in words for a person.
enum NetworkProblem {
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            error.connectionErrors.last.map { text($0.error) } ?? "the name \(error.host) has no address"
        default: String("\(error)".prefix(200))
        }
    }
}
