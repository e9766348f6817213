import Foundation
import Synchronization

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

    var identifier: pid_t { process.processIdentifier }

    /// Ends the process like a power switch would, at whatever it is doing.
    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }
}

/// The process that runs now, so that a test whose time is over can end it.
final class CurrentWorker: Sendable {
    private let state = Mutex<(process: pid_t?, isStopped: Bool)>((nil, false))

    /// Makes a process the current one; throws when there shall be none any more.
    func set(_ worker: ChaosWorkerProcess) throws(CancellationError) {
        let isStopped = state.withLock { state in
            state.process = worker.identifier
            return state.isStopped
        }
        guard isStopped else { return }
        worker.kill()
        throw CancellationError()
    }

    /// Ends the process, and every later one.
    func stop() {
        let process = state.withLock { state in
            state.isStopped = true
            return state.process
        }
        if let process { _ = Foundation.kill(process, SIGKILL) }
    }
}
