import Foundation

/// A `StoreWriter` process.
final class StoreWriterProcess {
    private let process = Process()
    private let output = Pipe()
    private let errors = Pipe()
    private var pending = Data()

    convenience init(_ path: String, prefix: String, count: Int, batch: Int) throws {
        try self.init(arguments: [path, prefix, "\(count)", "\(batch)"])
    }

    /// Settles these steps of `SampleLedger`.
    convenience init(ledger path: String, steps: ClosedRange<Int>) throws {
        try self.init(arguments: ["ledger", path, "\(steps.lowerBound)", "\(steps.upperBound)"])
    }

    private init(arguments: [String]) throws {
        process.executableURL = Self.executable
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    /// The next number that the process reports as durable; `nil` at its end.
    func nextAcknowledgement() -> Int? {
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeSubrange(...end)
                return Int(line)
            }
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { return nil }
            pending.append(more)
        }
    }

    /// Ends the process like a power switch would, at whatever it is doing.
    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    /// Waits for the process to end; its exit status and what it wrote to standard error.
    func wait() -> (status: Int32, errors: String) {
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self))
    }

    /// Built beside the tests.
    private static var executable: URL {
        #if os(macOS)
            let directory = Bundle(for: StoreWriterProcess.self).bundleURL.deletingLastPathComponent()
        #else
            let directory = Bundle.main.bundleURL
        #endif
        return directory.appendingPathComponent("StoreWriter")
    }
}
