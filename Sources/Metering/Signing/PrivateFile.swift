#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Files that only their owner may read.
enum PrivateFile {
    /// The largest file that is read: a key ring of thousands of keys.
    private static let sizeLimit = 1 << 20

    /// The file's bytes; `nil` when there is none.
    static func read(_ path: String) throws(MeteringError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open", path)
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure("examine", path) }
        guard status.st_mode & 0o077 == 0 else {
            throw MeteringError(
                .keyUnavailable, "\(path) holds secrets and others may read or change it; run: chmod 600 \(path)")
        }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= sizeLimit else {
            throw MeteringError(.keyUnavailable, "\(path) is not a file of at most \(sizeLimit) bytes")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            #if canImport(Darwin)
                let count = Darwin.read(file, &chunk, chunk.count)
            #elseif canImport(Musl)
                let count = Musl.read(file, &chunk, chunk.count)
            #else
                let count = Glibc.read(file, &chunk, chunk.count)
            #endif
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("read", path)
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// Replaces the file as a whole, durably, with mode 0600 from its first moment.
    static func write(_ bytes: [UInt8], to path: String) throws(MeteringError) {
        let draft = path + ".new"
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("create", draft) }
        var isWritten = false
        defer {
            close(file)
            if !isWritten { unlink(draft) }
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { buffer in
                #if canImport(Darwin)
                    Darwin.write(file, buffer.baseAddress, buffer.count)
                #elseif canImport(Musl)
                    Musl.write(file, buffer.baseAddress, buffer.count)
                #else
                    Glibc.write(file, buffer.baseAddress, buffer.count)
                #endif
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("write", draft)
            }
            rest = rest.dropFirst(count)
        }
        guard fsync(file) == 0, rename(draft, path) == 0 else { throw failure("put in place", path) }
        isWritten = true
        let directory = open(Self.directory(of: path), O_RDONLY | O_CLOEXEC)
        guard directory >= 0 else { throw failure("open the directory of", path) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw failure("make durable", path) }
    }

    /// Runs `body` while no other program does so for the same path; makes the path's directory when there is none.
    static func withLock<Result>(
        beside path: String, _ body: () throws(MeteringError) -> Result
    ) throws(MeteringError) -> Result {
        try createDirectory(directory(of: path))
        let file = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("create the lock beside", path) }
        // Closing the file gives up the lock.
        defer { close(file) }
        while flock(file, LOCK_EX) != 0 { guard errno == EINTR else { throw failure("lock", path) } }
        return try body()
    }

    /// Makes a directory and those above it that are missing, for their owner alone.
    private static func createDirectory(_ path: String) throws(MeteringError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT else { throw failure("create the directory", path) }
        try createDirectory(directory(of: path))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("create the directory", path) }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func failure(_ action: String, _ path: String) -> MeteringError {
        let reason = strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
        return MeteringError(.keyUnavailable, "cannot \(action) \(path): \(reason)")
    }
}
