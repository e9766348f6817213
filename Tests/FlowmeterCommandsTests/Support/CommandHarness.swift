import FoundationEssentials
import Metering

@testable import FlowmeterCommands

/// What a command left behind.
struct CommandResult: Sendable {
    var status: CommandStatus
    var output: String
    var errors: String

    /// The output as JSON.
    func json<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder.snakeCase.decode(type, from: Data(output.utf8))
    }
}

/// Runs commands in this process, in a directory of its own, with its own environment and clock.
struct CommandHarness: Sendable {
    /// The directory that is the working directory, the home and the place of the database.
    let directory: String
    var environment: [String: String]
    var now = Timestamp(milliseconds: 1_795_464_000_000)  // 2026-11-23T20:00:00Z
    var columns: Int?

    /// Creates a fresh directory, runs `body`, and removes the directory.
    static func with<Value>(
        _ body: (inout CommandHarness) async throws -> Value
    ) async throws -> Value {
        let directory = FileManager.default.temporaryDirectory.appending(path: "flowmeter-tests-\(UUID())").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        var harness = CommandHarness(directory: directory, environment: ["HOME": directory])
        do {
            let value = try await body(&harness)
            try FileManager.default.removeItem(atPath: directory)
            return value
        } catch {
            try FileManager.default.removeItem(atPath: directory)
            throw error
        }
    }

    /// Runs a command line.
    func run(_ arguments: String...) async -> CommandResult { await run(arguments) }

    /// Runs a command line.
    func run(_ arguments: [String]) async -> CommandResult {
        let (output, errors) = (TextBuffer(), TextBuffer())
        let now = now
        let context = CommandContext(
            output: output.output(isTerminal: columns != nil, columns: columns), errorOutput: errors.output(),
            environment: environment.merging(["NO_COLOR": "1"], uniquingKeysWith: { $1 }),
            workingDirectory: directory, now: { now })
        let status = await CommandRunner.run(arguments, context: context)
        return CommandResult(status: status, output: output.text, errors: errors.text)
    }

    /// Writes a file below the directory, and returns its path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let path = directory + "/" + name
        try FileManager.default.createDirectory(
            atPath: DataLocation.directory(of: path), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    /// The text of a file below the directory.
    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: directory + "/" + name)), as: UTF8.self)
    }
}

extension JSONDecoder {
    /// Reads the program's JSON: `charge_usd` becomes `chargeUsd`.
    static var snakeCase: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }
}
