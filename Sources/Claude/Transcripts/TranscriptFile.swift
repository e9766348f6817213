#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A transcript on disk, as it was when it was looked at.
public struct TranscriptFile: Sendable, Hashable {
    /// The file's path.
    public var path: String
    /// The file's inode number.
    public var inode: UInt64
    /// The file's length in bytes.
    public var size: Int64
    /// When the file was last written to, in milliseconds since 1970-01-01T00:00:00Z.
    public var modified: Int64

    /// Creates a description of a file.
    public init(path: String, inode: UInt64, size: Int64, modified: Int64) {
        self.path = path
        self.inode = inode
        self.size = size
        self.modified = modified
    }

    /// Looks at the file at `path`.
    ///
    /// - Throws: `ClaudeError.Code.io` if there is no such file, or if it is not a regular file.
    public init(path: String) throws(ClaudeError) {
        let status = try FileStatus(path: path)
        guard status.kind == .file else { throw ClaudeError(.io, "\(path) is not a file") }
        self.init(path: path, inode: status.inode, size: status.size, modified: status.modified)
    }

    /// The session that the file's place names.
    ///
    /// A session's file is `<sessionId>.jsonl`, a subagent's `<sessionId>/subagents/agent-<agentId>.jsonl`.
    var sessionID: String {
        let parts = path.split(separator: "/")
        if agentID != nil, parts.count >= 3, parts[parts.count - 2] == "subagents" {
            return String(parts[parts.count - 3])
        }
        return String(name)
    }

    /// The subagent that the file's name states, if it is a subagent's file.
    var agentID: String? { name.hasPrefix("agent-") ? String(name.dropFirst("agent-".count)) : nil }

    private var name: Substring {
        let last = path.split(separator: "/").last ?? ""
        return last.hasSuffix(Self.suffix) ? last.dropLast(Self.suffix.count) : last
    }

    static let suffix = ".jsonl"
}

/// What `stat` tells about a path, symbolic links followed.
struct FileStatus {
    enum Kind { case file, directory, other }
    var kind: Kind
    var device: UInt64
    var inode: UInt64
    var size: Int64
    var modified: Int64

    init(path: String) throws(ClaudeError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .system("cannot look at \(path)") }
        self.init(status)
    }

    init(descriptor: Int32, path: String) throws(ClaudeError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system("cannot look at \(path)") }
        self.init(status)
    }

    private init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        default: kind = .other
        }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        modified = Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

extension ClaudeError {
    /// The error of the system call that just failed.
    static func system(_ action: String) -> ClaudeError {
        let code = errno
        return ClaudeError(.io, "\(action): \(String(cString: strerror(code)))")
    }
}
