#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Keeps a second gateway from the queue of the first: two would forward the same events, and count wrongly what waits.
///
/// The lock is on a file beside the queue. The system gives it back when the process ends, however it ends.
final class SpoolLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock of the queue at `path`.
    init(path: String) throws(CommandError) {
        let file = path + ".lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandError(
                "cannot open \(file): \(String(cString: strerror(errno)))",
                fix: "make its directory writable, or choose another path with FLOWMETER_SPOOL")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw CommandError(
                "another gateway uses the queue \(path)",
                fix: "end it, or give this one a queue of its own with FLOWMETER_SPOOL")
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Whether a gateway uses the queue at `path` now.
    static func isHeld(path: String) -> Bool {
        let descriptor = open(path + ".lock", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }
}
