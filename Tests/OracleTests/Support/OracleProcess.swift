import Foundation
import Metering
import OracleChaos

/// A directory with an oracle's files, removed with it.
final class OracleDirectory: Sendable {
    let path: String
    var files: ChaosFiles { ChaosFiles(directory: path) }

    init(plans: String? = nil) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "flowmeter-oracle-\(UUID())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        if let plans { try Data(plans.utf8).write(to: URL(filePath: path + "/plans.json")) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// An oracle in a process of its own, `OracleChaosWorker`, that does steps until nothing is left to do.
final class OracleProcess {
    /// How it is killed.
    enum Kill {
        /// By itself, between two instructions: at this half step of its writes, even ones before a write.
        case atHalfStep(Int)
        /// By somebody else, at whatever it does after this half step.
        case after(Int)
    }

    /// How a process came to its end.
    enum End: Equatable {
        case finished(last: String)
        case failed(String)
        case killed
    }

    private let process = Process()
    private let output = Pipe()
    private var pending = Data()

    /// Runs an oracle to its end, natural or not.
    static func run(
        in directory: OracleDirectory, holder: String = "oracle", at time: Timestamp, kill: Kill? = nil
    ) throws -> End {
        var arguments = [directory.path, holder, "\(time.milliseconds)"]
        if case .atHalfStep(let point) = kill { arguments.append("\(point)") }
        let oracle = OracleProcess(arguments)
        try oracle.process.run()
        var (halfSteps, last) = (0, "")
        while let line = oracle.nextLine() {
            last = line
            guard line == "write" else { continue }
            halfSteps += 1
            if case .after(halfSteps - 1) = kill { Foundation.kill(oracle.process.processIdentifier, SIGKILL) }
        }
        oracle.process.waitUntilExit()
        if oracle.process.terminationReason == .uncaughtSignal, oracle.process.terminationStatus == SIGKILL {
            return .killed
        }
        return oracle.process.terminationStatus == 0 ? .finished(last: last) : .failed(last)
    }

    private init(_ arguments: [String]) {
        #if os(macOS)
            let directory = Bundle(for: OracleProcess.self).bundleURL.deletingLastPathComponent()
        #else
            let directory = Bundle.main.bundleURL
        #endif
        process.executableURL = directory.appending(path: "OracleChaosWorker")
        process.arguments = arguments
        process.standardOutput = output
    }

    private func nextLine() -> String? {
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
}
