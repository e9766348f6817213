import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import Bolt

/// A server of ArcadeDB, started for the tests; they fail when it cannot be started.
final class ArcadeDB: Sendable {
    static let authentication = BoltAuthentication.basic(username: "root", password: "playwithdata")

    let address: BoltAddress
    private let folder: URL
    private let options: [String]
    private let httpPort: Int
    private let process = Box<ProcessHandle?>(nil)

    /// A started process; only its owner touches it.
    private struct ProcessHandle: @unchecked Sendable {
        // Process is thread-safe on Linux for what is used here: its identifier, running state and termination.
        let process: Process
    }

    struct Fault: Error, CustomStringConvertible {
        var description: String
    }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    init(options: [String] = [], folder: URL? = nil) async throws {
        address = BoltAddress(host: "127.0.0.1", port: try await Self.freePort())
        httpPort = try await Self.freePort()
        self.folder =
            folder
            ?? FileManager.default.temporaryDirectory.appendingPathComponent("arcadedb-\(UUID().uuidString)")
        self.options = options
    }

    /// Runs a server for the time of the body.
    static func run<T: Sendable>(
        options: [String] = [], _ body: @Sendable (ArcadeDB) async throws -> T
    ) async throws -> T {
        let server = try await ArcadeDB(options: options)
        try await server.start()
        do {
            let result = try await body(server)
            server.end()
            return result
        } catch {
            server.end()
            throw error
        }
    }

    private static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close()
        return port
    }

    /// Starts the process and waits until it listens.
    func start() async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        // Should the tests be killed, the server does not stay for ever.
        process.arguments =
            ["-s", "KILL", "1200", Self.root.appendingPathComponent("dev/arcadedb.sh").path, folder.path]
            + ["\(address.port)", "\(httpPort)"] + options
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let log = folder.appendingPathComponent("log.txt")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let output = try FileHandle(forWritingTo: log)
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let handle = ProcessHandle(process: process)
        self.process.change { $0 = handle }
        while true {
            guard process.isRunning else {
                let text = try String(contentsOf: log, encoding: .utf8)
                throw Fault(description: "ArcadeDB did not start: \(text.suffix(2000))")
            }
            let text = try String(contentsOf: log, encoding: .utf8)
            if text.contains("Listening for incoming BOLT connections"), text.contains("Server started") { break }
            // The process tells nobody when it is ready but its log.
            try await Task.sleep(for: .milliseconds(100))
        }
        // It listens before its database is there.
        let isEncrypted = options.contains("-Darcadedb.bolt.ssl=REQUIRED")
        let driver = try driver(isEncrypted ? "bolt+ssc" : "bolt")
        defer { driver.close() }
        try await driver.executeQuery("RETURN 1")
    }

    /// Ends the process at once, as a crash would.
    func kill() {
        guard let handle = process.value, handle.process.isRunning else { return }
        // `timeout` leads a process group of its own, with the server in it.
        Foundation.kill(-handle.process.processIdentifier, SIGKILL)
        Foundation.kill(handle.process.processIdentifier, SIGKILL)
        handle.process.waitUntilExit()
    }

    func end() {
        kill()
        do { try FileManager.default.removeItem(at: folder) } catch {
            // It lies in the temporary directory.
        }
    }

    /// A driver for the server.
    func driver(
        _ scheme: String = "bolt", _ change: (inout BoltConfiguration) -> Void = { _ in }
    ) throws -> BoltDriver {
        var configuration = BoltConfiguration.patient
        configuration.initialRetryDelay = .milliseconds(20)
        change(&configuration)
        return try BoltDriver(
            "\(scheme)://\(address)", authentication: Self.authentication, configuration: configuration)
    }
}

/// Starts a server for all tests of a suite.
struct WithArcadeDB: SuiteTrait, TestScoping {
    @TaskLocal static var current: ArcadeDB?

    static var server: ArcadeDB {
        get throws {
            guard let current else { throw ArcadeDB.Fault(description: "the suite has no server") }
            return current
        }
    }

    @concurrent
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await ArcadeDB.run { server in try await Self.$current.withValue(server) { try await function() } }
    }
}

extension Trait where Self == WithArcadeDB {
    static var withArcadeDB: Self { WithArcadeDB() }
}
