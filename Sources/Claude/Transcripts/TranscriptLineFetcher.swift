#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Reads single lines again, after scanning has shown which ones count.
///
/// Keeping places instead of entries keeps the memory of a large import small.
struct TranscriptLineFetcher: ~Copyable {
    private var path: String?
    private var descriptor: Int32 = -1
    private var buffer: [UInt8] = []

    init() {}

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The entry in `line` of `file`.
    ///
    /// - Throws: `ClaudeError` if the file cannot be read, or if it has changed since it was scanned.
    mutating func entry(
        at line: TranscriptDeduplicator.Line, in file: TranscriptFile
    ) throws(ClaudeError) -> TranscriptEntry {
        try open(file.path)
        try fill(Int(line.length), from: line.offset)
        let result = buffer.withUnsafeBytes { bytes in
            Result { () throws(ClaudeError) -> TranscriptEntry in
                let fields = try TranscriptLine(bytes)
                guard fields.kind == .response else {
                    throw ClaudeError(.io, "the file has changed while it was imported; import it again")
                }
                return try fields.entry(file: file, line: line.number, offset: line.offset)
            }
        }
        return try result.get()
    }

    private mutating func open(_ path: String) throws(ClaudeError) {
        guard path != self.path else { return }
        if descriptor >= 0 { close(descriptor) }
        self.path = nil
        #if canImport(Glibc)
            descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        #elseif canImport(Musl)
            descriptor = Musl.open(path, O_RDONLY | O_CLOEXEC)
        #else
            descriptor = Darwin.open(path, O_RDONLY | O_CLOEXEC)
        #endif
        guard descriptor >= 0 else { throw .system("cannot open \(path)") }
        self.path = path
    }

    /// Fills the buffer with `count` bytes of the file.
    private mutating func fill(_ count: Int, from offset: Int64) throws(ClaudeError) {
        if buffer.count != count { buffer = [UInt8](repeating: 0, count: count) }
        var filled = 0
        while filled < count {
            let start = filled
            let result = buffer.withUnsafeMutableBytes { bytes -> Int in
                guard let address = bytes.baseAddress else { return 0 }
                return pread(descriptor, address + start, count - start, off_t(offset) + off_t(start))
            }
            if result < 0, errno == EINTR { continue }
            guard result >= 0 else { throw .system("cannot read \(path ?? "the file")") }
            guard result > 0 else {
                throw ClaudeError(.io, "the file was cut while it was imported; import it again")
            }
            filled += result
        }
    }
}
