public import Bolt
internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A server of ArcadeDB, which speaks Bolt, started for tests; they fail when it cannot be started.
public final class ArcadeDB: Sendable {
    /// The credentials of the only user.
    public static let authentication = BoltAuthentication.basic(username: "root", password: "playwithdata")

    /// Where it listens.
    public let address: BoltAddress
    private let folder: URL
    private let options: [String]
    private let httpPort: Int
    private let process = Mutex<ProcessHandle?>(nil)

    /// A started process; only its owner touches it.
    private struct ProcessHandle: @unchecked Sendable {
        // Process is thread-safe on Linux for what is used here: its identifier, running state and termination.
        let process: Process
    }

    /// Why there is no server.
    public struct Fault: Error, CustomStringConvertible {
        /// What happened, with the end of the server's log.
        public var description: String
        /// Creates a fault.
        public init(description: String) { self.description = description }
    }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Chooses ports and a folder; nothing is started yet.
    ///
    /// - Parameters:
    ///   - options: Options of Java, such as `-Darcadedb.bolt.ssl=REQUIRED`.
    ///   - folder: Where the databases are; `nil` for a temporary folder.
    public init(options: [String] = [], folder: String? = nil) async throws {
        let port = try await Self.freePort()
        address = BoltAddress(host: "127.0.0.1", port: port)
        httpPort = try await Self.freePort(besides: port)
        self.folder =
            folder.map(URL.init(fileURLWithPath:))
            ?? FileManager.default.temporaryDirectory.appendingPathComponent("arcadedb-\(UUID().uuidString)")
        self.options = options
    }

    /// Runs a server for the time of the body.
    public static func run<T: Sendable>(
        options: [String] = [], _ body: @Sendable (ArcadeDB) async throws -> T
    ) async throws -> T {
        let server = try await ArcadeDB(options: options)
        do {
            try await server.start()
            let result = try await body(server)
            server.end()
            return result
        } catch {
            server.end()
            throw error
        }
    }

    /// A port that nothing listens on, below those that the system gives to clients and to listeners on port 0: one of
    /// those could be taken by another test in the seconds until the server listens.
    private static func freePort(besides other: Int? = nil) async throws -> Int {
        while true {
            let port = Int.random(in: 10_000..<32_000)
            guard port != other else { continue }
            do {
                let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                    .bind(host: "127.0.0.1", port: port).get()
                try await channel.close()
                return port
            } catch {
                // Somebody has it.
            }
        }
    }

    /// Starts the process and waits until it answers.
    public func start() async throws {
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
        self.process.withLock { $0 = handle }
        let patience = ContinuousClock.now + .seconds(180)
        while true {
            let text = try String(contentsOf: log, encoding: .utf8)
            guard process.isRunning, ContinuousClock.now < patience else {
                throw Fault(description: "ArcadeDB did not start: \(text.suffix(2000))")
            }
            if text.contains("Listening for incoming BOLT connections"), text.contains("Server started") { break }
            // The process tells nobody when it is ready but its log.
            try await Task.sleep(for: .milliseconds(100))
        }
        // It listens before its database is there.
        var configuration = BoltConfiguration()
        configuration.maximumRetryTime = .seconds(180)
        configuration.initialRetryDelay = .milliseconds(20)
        let isEncrypted = options.contains("-Darcadedb.bolt.ssl=REQUIRED")
        let driver = try BoltDriver(
            "\(isEncrypted ? "bolt+ssc" : "bolt")://\(address)", authentication: Self.authentication,
            configuration: configuration)
        defer { driver.close() }
        try await driver.executeQuery("RETURN 1")
    }

    /// Ends the process at once, as a crash would.
    public func kill() {
        guard let handle = process.withLock({ $0 }), handle.process.isRunning else { return }
        // `timeout` leads a process group of its own, with the server in it.
        Foundation.kill(-handle.process.processIdentifier, SIGKILL)
        Foundation.kill(handle.process.processIdentifier, SIGKILL)
        handle.process.waitUntilExit()
    }

    /// Ends the process and removes its folder.
    public func end() {
        kill()
        do { try FileManager.default.removeItem(at: folder) } catch {
            // It lies in the temporary directory.
        }
    }
}
