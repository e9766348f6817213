internal import FoundationEssentials

/// The file through which a server tells its port to the program that started it.
enum PortFile {
    /// Writes the port and a line feed, at once and whole.
    static func write(port: Int, to path: String) throws(CommandError) {
        do { try Data("\(port)\n".utf8).write(to: URL(filePath: path), options: .atomic) } catch {
            throw CommandError(
                "cannot write the port file \(path)", fix: "check that its directory exists and is writable")
        }
    }
}
