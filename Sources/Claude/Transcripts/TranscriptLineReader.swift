#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Cuts a file into lines, block by block, without copying them.
///
/// Lines may straddle blocks and be as long as ``lineLimit``; longer ones are passed over and reported as such, without
/// being held in memory. What follows the last line break is kept aside as ``remainder(_:)``.
struct TranscriptLineReader: ~Copyable {
    /// A line without its line break.
    struct Line {
        /// The bytes, valid until the callback returns; none if the line is too long.
        var bytes: UnsafeRawBufferPointer
        /// Where the line starts in the file.
        var offset: Int64
        /// Its number, from 1.
        var number: Int64
        /// Whether it has more bytes than the reader's limit.
        var isTooLong: Bool
    }

    private let path: String
    private let descriptor: Int32
    private let end: Int64
    private let blockSize: Int
    private let lineLimit: Int
    private var buffer: UnsafeMutableRawBufferPointer
    /// Bytes of an unfinished line at the start of the buffer.
    private var held = 0
    /// Bytes of an unfinished line that were dropped because it is too long.
    private var dropped: Int64 = 0
    private(set) var inode: UInt64
    /// Where the next line starts in the file.
    private(set) var offset: Int64
    /// Lines in front of ``offset``.
    private(set) var line: Int64
    /// How far the file was read.
    var position: Int64 { offset + dropped + Int64(held) }

    /// Opens the file at `path`, to be read from `offset`, where line `line + 1` starts, to where it ends now.
    ///
    /// - Throws: `ClaudeError.Code.io`.
    init(
        path: String, offset: Int64 = 0, line: Int64 = 0, blockSize: Int, lineLimit: Int
    ) throws(ClaudeError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("cannot open \(path)") }
        do throws(ClaudeError) {
            let status = try FileStatus(descriptor: descriptor, path: path)
            guard status.kind == .file else { throw ClaudeError(.io, "\(path) is not a file") }
            guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else { throw .system("cannot read \(path)") }
            (inode, end) = (status.inode, status.size)
        } catch {
            close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
        self.blockSize = max(blockSize, 1)
        self.lineLimit = max(lineLimit, 1)
        self.offset = offset
        self.line = line
        buffer = .allocate(byteCount: self.blockSize, alignment: 64)
    }

    deinit {
        close(descriptor)
        buffer.deallocate()
    }

    /// Reads the next block and hands each line that ends in it to `body`.
    ///
    /// - Returns: Whether there may be more; `false` at the end of the file.
    /// - Throws: `ClaudeError.Code.io`.
    mutating func readBlock(_ body: (Line) -> Void) throws(ClaudeError) -> Bool {
        makeRoom()
        let wanted = min(Int64(buffer.count - held), end - position)
        guard wanted > 0 else { return false }
        let count = try read(Int(wanted))
        guard count > 0 else { return false }
        deliver(body, unread: count)
        return true
    }

    /// Hands what follows the last line break to `body`, if anything does.
    func remainder(_ body: (Line) -> Void) {
        guard held > 0 || dropped > 0 else { return }
        let isTooLong = dropped > 0 || held > lineLimit
        body(
            Line(
                bytes: UnsafeRawBufferPointer(rebasing: buffer[..<(isTooLong ? 0 : held)]), offset: offset,
                number: line + 1, isTooLong: isTooLong))
    }

    private func read(_ count: Int) throws(ClaudeError) -> Int {
        guard let address = buffer.baseAddress else { return 0 }
        while true {
            #if canImport(Glibc)
                let result = Glibc.read(descriptor, address + held, count)
            #elseif canImport(Musl)
                let result = Musl.read(descriptor, address + held, count)
            #else
                let result = Darwin.read(descriptor, address + held, count)
            #endif
            if result >= 0 { return result }
            guard errno == EINTR else { throw .system("cannot read \(path)") }
        }
    }

    /// Makes room behind an unfinished line that fills the buffer.
    private mutating func makeRoom() {
        guard held == buffer.count else { return }
        if held > lineLimit {
            dropped += Int64(held)
            held = 0
        } else {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(buffer.count * 2, blockSize), alignment: 64)
            larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<held]))
            buffer.deallocate()
            buffer = larger
        }
    }

    /// Hands over the lines that end in the `unread` bytes behind the held ones, and holds the rest.
    private mutating func deliver(_ body: (Line) -> Void, unread: Int) {
        guard let base = buffer.baseAddress else { return }
        let filled = held + unread
        var start = 0
        var search = held
        while search < filled, let found = memchr(base + search, Int32(UInt8(ascii: "\n")), filled - search) {
            let newline = UnsafeMutableRawPointer(found) - base
            let isTooLong = dropped > 0 || newline - start > lineLimit
            body(
                Line(
                    bytes: UnsafeRawBufferPointer(rebasing: buffer[start..<(isTooLong ? start : newline)]),
                    offset: offset, number: line + 1, isTooLong: isTooLong))
            offset += dropped + Int64(newline + 1 - start)
            line += 1
            dropped = 0
            start = newline + 1
            search = start
        }
        held = filled - start
        if dropped > 0 {
            // The rest of a line that is too long already.
            dropped += Int64(held)
            held = 0
        } else if start > 0, held > 0 {
            memmove(base, base + start, held)
        }
    }
}
