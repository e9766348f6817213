#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The files of the operating system, each locked for one user.
struct SystemDisk: OutboxDisk {
    func open(_ path: String) throws(OutboxDiskError) -> any OutboxFile {
        while true {
            let file = try SystemFile(path, O_RDWR | O_CREAT | O_APPEND)
            try file.lock()
            // Between opening and locking, another process may have put a new file in its place.
            if try file.isAt(path) { return file }
        }
    }

    func resolve(_ path: String) throws(OutboxDiskError) -> String {
        guard let resolved = realpath(path, nil) else { throw .system("cannot be found") }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    func create(_ path: String) throws(OutboxDiskError) -> any OutboxFile {
        remove(path)
        let file = try SystemFile(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND)
        try file.lock()
        return file
    }

    func rename(_ path: String, to other: String) throws(OutboxDiskError) {
        guard systemRename(path, other) == 0 else { throw .system("cannot be replaced") }
    }

    func synchronizeDirectory(of path: String) throws(OutboxDiskError) {
        let end = path.lastIndex(of: "/")
        let directory = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let file = try SystemFile(directory, O_RDONLY)
        try file.synchronizeNames()
    }

    func remove(_ path: String) { unlink(path) }
}

/// A file descriptor.
private final class SystemFile: OutboxFile {
    private let descriptor: Int32

    init(_ path: String, _ flags: Int32) throws(OutboxDiskError) {
        descriptor = systemOpen(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("cannot be opened") }
    }

    deinit {
        // Closing would leave the lock to a child of this process that still has the descriptor: each has it between its
        // birth and the start of its program.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// The lock ends with this object, and with the process, however that ends.
    func lock() throws(OutboxDiskError) {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EWOULDBLOCK {
                throw OutboxDiskError(message: "is open in another process, or twice in this one")
            }
            guard errno == EINTR else { throw .system("cannot be locked") }
        }
    }

    /// Whether the path still names this file.
    func isAt(_ path: String) throws(OutboxDiskError) -> Bool {
        var (own, named) = (stat(), stat())
        guard fstat(descriptor, &own) == 0 else { throw .system("cannot be examined") }
        guard stat(path, &named) == 0 else {
            if errno == ENOENT { return false }
            throw .system("cannot be examined")
        }
        return own.st_ino == named.st_ino && own.st_dev == named.st_dev
    }

    func content() throws(OutboxDiskError) -> [UInt8] {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .system("cannot be read") }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                content += buffer[..<count]
            } else if count == 0 {
                return content
            } else if errno != EINTR {
                throw .system("cannot be read")
            }
        }
    }

    func append(_ bytes: [UInt8]) throws(OutboxDiskError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw .system("cannot be written")
            }
        }
    }

    func truncate(to size: Int) throws(OutboxDiskError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw .system("cannot be cut to its last whole record") }
    }

    /// The content and its length; the file's times do not matter.
    func synchronize() throws(OutboxDiskError) {
        #if canImport(Darwin)
            let result = fsync(descriptor)
        #else
            let result = fdatasync(descriptor)
        #endif
        guard result == 0 else { throw .system("cannot be made durable") }
    }

    func synchronizeNames() throws(OutboxDiskError) {
        guard fsync(descriptor) == 0 else { throw .system("cannot be made durable: its directory") }
    }
}

extension OutboxDiskError {
    /// What failed, and the system's reason.
    fileprivate static func system(_ what: String) -> OutboxDiskError {
        OutboxDiskError(message: "\(what): \(String(cString: strerror(errno)))")
    }
}

// The system's functions, named apart from the methods.

private func systemOpen(_ path: String, _ flags: Int32) -> Int32 { open(path, flags, 0o600) }
private func systemRename(_ path: String, _ other: String) -> Int32 { rename(path, other) }
