import Foundation
import Testing

@testable import Flow

private enum Emulator {
    static let url = ProcessInfo.processInfo.environment["FLOW_EMULATOR_URL"]

    /// What is printed when the tests are skipped.
    static let reason: Comment =
        if let url { "no Flow emulator answers at FLOW_EMULATOR_URL, which is \(url)" } else {
            "FLOW_EMULATOR_URL is not set: start `flow emulator` and set it to http://localhost:8888"
        }

    /// Whether one answers; asked once for all tests.
    static var answers: Bool { get async { await answer.value } }

    private static let answer = Task {
        guard let url else { return false }
        do {
            let client = try FlowClient(
                nodes: [AccessNode(url)], retries: RetryPolicy(attempts: 2, timeout: .seconds(5)))
            return try await client.chainID() == FlowChain.emulator.id
        } catch {
            return false
        }
    }
}

/// Against a real emulator, whose REST address is in `FLOW_EMULATOR_URL` (`flow emulator`, port 8888); skipped when none
/// answers there.
///
/// The service key is the emulator's own default, or `FLOW_EMULATOR_KEY`. ``MockScenarioTests`` runs the same steps against
/// the mock.
@Suite(
    "A Flow emulator", .enabled(Emulator.reason) { await Emulator.answers }, .serialized, .timeLimit(.minutes(10)))
struct EmulatorTests {
    private static let serviceKey =
        ProcessInfo.processInfo.environment["FLOW_EMULATOR_KEY"]
        ?? "aff3a277caf2bdd6582c156ae7b07dbca537da7833309de88e56987faa2c0f1b"

    private static func with(_ body: (ChainScenario) async throws -> Void) async throws {
        try await HTTPTransport.withTransport { transport in
            let node = try AccessNode(try #require(Emulator.url))
            try await body(
                ChainScenario(
                    client: FlowClient(nodes: [node], transport: transport),
                    streams: FlowStreams(nodes: [node]),
                    serviceKey: FlowPrivateKey(.ecdsaP256, hex: serviceKey), pollInterval: .milliseconds(100),
                    expiryBlocks: 10)
            )
        }
    }

    @Test func `the network is the emulator's`() async throws {
        try await Self.with { try await $0.network() }
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `an account is made, gets a contract and keys, and sends`(algorithm: SignatureAlgorithm) async throws {
        try await Self.with { try await $0.accountAndContract(algorithm) }
    }

    @Test func `FLOW is given to another account`() async throws {
        try await Self.with { try await $0.transfer() }
    }

    @Test func `scripts run and fail, and so do transactions`() async throws {
        try await Self.with { try await $0.scriptsAndFailures() }
    }

    @Test func `blocks, events and statuses are streamed`() async throws {
        try await Self.with { try await $0.webSocket() }
    }
}
