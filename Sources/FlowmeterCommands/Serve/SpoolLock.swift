#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Keeps a second gateway from the queue of the first: two would forward the same events, and count wrongly what waits.
///
/// The file holds the gateway's name, which is made with it and stays the same from start to start.
///
/// The lock is on a file beside the queue. The system gives it back when the process ends, however it ends.
final class SpoolLock: Sendable {
    private let descriptor: Int32
    /// The gateway's name.
    let gateway: String

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
        do throws(CommandError) { gateway = try Self.gateway(named: descriptor, file: file) } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    private static func gateway(named descriptor: Int32, file: String) throws(CommandError) -> String {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        if count > 0 { return String(decoding: bytes[..<count], as: UTF8.self) }
        let name = String(UInt64.random(in: 0 ... .max), radix: 36) + String(UInt64.random(in: 0 ... .max), radix: 36)
        guard count == 0, pwrite(descriptor, name, name.utf8.count, 0) == name.utf8.count, fsync(descriptor) == 0 else {
            throw CommandError(
                "cannot keep the gateway's name in \(file): \(String(cString: strerror(errno)))",
                fix: "make room on its disk, or choose another path with FLOWMETER_SPOOL")
        }
        return name
    }

    deinit {
        // Closing would leave the lock to a child of this process that has the descriptor and no program of its own yet.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Whether a gateway uses the queue at `path` now.
    static func isHeld(path: String) -> Bool {
        let descriptor = open(path + ".lock", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }
}
