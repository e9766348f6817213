import Flow
import FlowMockNode
import Foundation

/// The mock node of a measurement, in a process of its own: what it works is not the client's.
struct Node {
    /// What the chain behind the node is like.
    enum Chain: String {
        /// A transaction is sealed 75 to 100 ms after it came, in the fourth block of 25 ms.
        case slow
        /// A transaction is sealed when it comes.
        case instant
        /// A block each 2 ms; a transaction is in the next, executed with the one behind, and sealed with the fourth.
        case fast
    }

    let chain: Chain
    /// How long each answer takes.
    let latency: Duration?

    /// How many keys the sending account has.
    static let keyCount = 50
    static let address = FlowChain.emulator.serviceAddress
    static var signer: InMemorySigner {
        get throws { InMemorySigner(try FlowPrivateKey(.ecdsaP256, seed: [UInt8](repeating: 7, count: 32))) }
    }

    private var configuration: MockAccessNode.Configuration {
        get throws {
            let publicKey = try Self.signer.publicKey.rawRepresentation
            var configuration = MockAccessNode.Configuration()
            configuration.latency = latency
            configuration.chain.executionLag = 1
            configuration.chain.sealingLag = 2
            configuration.chain.expiryBlocks = 100_000
            configuration.chain.accounts[MockAddress(number: Self.address.rawValue)] = .init(
                keys: (0..<Self.keyCount).map { _ in MockAccountKey(publicKey: publicKey) })
            switch chain {
            case .slow: configuration.blocks = .every(.milliseconds(25))
            case .fast: configuration.blocks = .every(.milliseconds(2))
            case .instant:
                configuration.blocks = .perTransaction
                configuration.chain.executionLag = 0
                configuration.chain.sealingLag = 0
            }
            return configuration
        }
    }

    /// Serves until the standard input ends: prints the port, and in the end the sequence errors and the questions for results.
    func serve() async throws {
        try await MockAccessNode.withNode(try configuration) { node in
            FileHandle.standardOutput.write(Data("\(node.port)\n".utf8))
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    while readLine() != nil {}
                    continuation.resume()
                }
            }
            let line = "\(node.sequenceErrors) \(node.requestCount(.transactionResult))\n"
            FileHandle.standardOutput.write(Data(line.utf8))
        }
    }

    /// What a node has counted.
    struct Counts {
        var sequenceErrors: Int
        var questions: Int
    }

    /// Runs `body` with the URL of a node in a process of its own.
    func withProcess(_ body: (String) async throws -> Void) async throws -> Counts {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: CommandLine.arguments[0])
        process.arguments = ["node", chain.rawValue] + (latency.map { ["\(Int64($0 / .milliseconds(1)))"] } ?? [])
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        defer { process.waitUntilExit() }
        guard let port = Int(Self.line(output.fileHandleForReading)) else {
            throw Failure(text: "the node did not start")
        }
        do { try await body("http://127.0.0.1:\(port)") } catch {
            try input.fileHandleForWriting.close()
            throw error
        }
        try input.fileHandleForWriting.close()
        let numbers = Self.line(output.fileHandleForReading).split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 2 else { throw Failure(text: "the node did not say what it counted") }
        return Counts(sequenceErrors: numbers[0], questions: numbers[1])
    }

    /// The next line of the node, which waits for this process and so writes one at a time.
    private static func line(_ file: FileHandle) -> String {
        var text = ""
        while !text.hasSuffix("\n") {
            let data = file.availableData
            if data.isEmpty { break }
            text += String(decoding: data, as: UTF8.self)
        }
        return String(text.prefix { $0 != "\n" })
    }

    private struct Failure: Error { var text: String }
}
