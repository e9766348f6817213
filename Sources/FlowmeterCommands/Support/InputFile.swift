#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What commands read: files, standard input, and pipes such as a shell makes of `<(…)`.
///
/// Foundation's `Data(contentsOf:)` refuses whatever is not a regular file.
enum InputFile {
    /// All bytes of the file, or of standard input for `-`; `nil` when it cannot be read.
    static func bytes(_ path: String) -> [UInt8]? {
        let file = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count > 0 {
                bytes.append(contentsOf: chunk[..<count])
            } else if errno != EINTR {
                return nil
            }
        }
    }
}
