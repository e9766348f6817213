import Foundation

/// A `FlowChaosWorker` process.
final class ChaosWorkerProcess {
    private let process = Process()
    private let output = Pipe()
    private var pending = Data()

    init(url: String, outbox: String, count: Int, keys: Int, expiry: Int) throws {
        #if os(macOS)
            let directory = Bundle(for: ChaosWorkerProcess.self).bundleURL.deletingLastPathComponent()
        #else
            let directory = Bundle.main.bundleURL
        #endif
        process.executableURL = directory.appendingPathComponent("FlowChaosWorker")
        process.arguments = [url, outbox, "\(count)", "\(keys)", "\(expiry)"]
        process.standardOutput = output
        try process.run()
    }

    /// The next line that the process writes; `nil` at its end.
    func nextLine() -> String? {
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeSubrange(...end)
                return line
            }
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { return nil }
            pending.append(more)
        }
    }

    /// Ends the process like a power switch would, at whatever it is doing.
    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }
}
