import Foundation
import Testing

/// Runs the independent references, which are written in Python.
enum Python {
    /// Runs `python3` and returns the lines that it writes.
    ///
    /// The test fails when there is no `python3`, or it fails.
    ///
    /// Input and output go through files: reading a pipe with Foundation traps when a signal interrupts it.
    static func lines(_ arguments: [String], input: Data = Data()) throws -> [String] {
        try withTemporaryDirectory { directory in
            let standardInput = directory.appending(path: "input")
            let standardOutput = directory.appending(path: "output")
            try input.write(to: standardInput)
            try Data().write(to: standardOutput)
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["python3"] + arguments
            process.standardInput = try FileHandle(forReadingFrom: standardInput)
            process.standardOutput = try FileHandle(forWritingTo: standardOutput)
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0, "python3 is needed for this test, and has to succeed")
            let output = try Data(contentsOf: standardOutput)
            return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }
}

/// Runs `body` with a new directory, and removes it.
func withTemporaryDirectory<Value>(_ body: (URL) throws -> Value) throws -> Value {
    let directory = FileManager.default.temporaryDirectory.appending(path: "flowmeter-test-\(UUID())")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try body(directory)
}
