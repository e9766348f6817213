import Foundation
import NIOCore
import Testing

@testable import ClaudeSimulator

@Suite("Recorded streams")
struct RecordedStreamTests {
    private static let weather: Scenario = {
        var scenario = Scenario()
        scenario.messageID = "msg_01gEYkbUrMWeWQLGsCmrG6dL"
        scenario.content = [
            [
                "type": "thinking", "thinking": "I need the weather.",
                "signature": "EqQBFakeSignatureFakeSignatureFakeSignature==",
            ],
            ["type": "text", "text": "Okay, checking."],
            [
                "type": "tool_use", "id": "toolu_01TAb8dLcukC7edhDQ7cn5d4", "name": "get_weather",
                "input": ["location": "San Francisco, CA"],
            ],
        ]
        scenario.startUsage = [
            "input_tokens": 472, "cache_creation_input_tokens": 300, "cache_read_input_tokens": 7_123,
            "cache_creation": ["ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200],
        ]
        scenario.deltas = [
            [
                "input_tokens": 472, "cache_creation_input_tokens": 300, "cache_read_input_tokens": 7_123,
                "output_tokens": 89, "output_tokens_details": ["thinking_tokens": 12],
            ]
        ]
        return scenario
    }()

    private static func plain(
        _ id: String, _ text: String, input: Int64, _ change: (inout Scenario) -> Void
    ) -> Scenario {
        var scenario = Scenario(text: text)
        scenario.messageID = id
        scenario.startUsage = ["input_tokens": .integer(input)]
        scenario.usage = ["input_tokens": .integer(input)]
        change(&scenario)
        return scenario
    }

    private static let cases: [(String, String, Scenario)] = [
        (
            "01_text", "req_011CU4ud8Fhhe4deS4F3cw9K",
            plain("msg_01MASi45ub7Qe4ZE36UT5G6c", "Hello!", input: 25) { $0.usage?["output_tokens"] = 15 }
        ), ("02_thinking_tool_use", "req_011CaYyNoVKf58ZTBqNAYT3j", weather),
        (
            "03_error_event_midstream", "req_011Cj54omLidkuVKnRyjP2WP",
            plain("msg_015qcdsyuMNmPfYetW5v6JXm", "This text is cut off in the middle", input: 9) {
                $0.wire.deltaLength = 12
                $0.fault = .init(.error(type: "overloaded_error", message: "Overloaded"), at: .event(5))
            }
        ),
        (
            "05_two_message_deltas_output_only", "req_011CHPfQX88wYWXXL6A7pNpH",
            plain("msg_01VB8Nf471dAb7Qg25xEgRAh", "a", input: 9) {
                $0.deltas = [["output_tokens": 20], ["output_tokens": 40]]
            }
        ),
    ]

    @Test("come out byte for byte, cut as they were", arguments: 0..<4)
    func byteForByte(index: Int) throws {
        var (name, requestID, scenario) = Self.cases[index]
        if scenario.wire.deltaLength == 24 { scenario.wire.deltaLength = 14 }
        let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "http"))
        let recorded = try chunks(Array(Data(contentsOf: url)))
        let request = try MessageRequest(
            SimulatorClient.request(stream: true), version: "2023-06-01", models: SimulatedModel.all)
        var writer = AnswerWriter(
            request: request, scenario: scenario, split: .init(), generator: SeededGenerator(seed: 1))
        let plan = try ResponsePlanner(scenario: scenario, requestID: requestID)
            .stream(writer.answer().events(scenario.wire))
        let simulated = plan.steps.compactMap { step -> String? in
            if case .bytes(let bytes) = step { String(decoding: bytes.readableBytesView, as: UTF8.self) } else { nil }
        }
        #expect(simulated.joined() == recorded.joined())
    }

    /// The chunks of a recorded response (RFC 9112 §7.1).
    private func chunks(_ bytes: [UInt8]) throws -> [String] {
        let head = try #require(bytes.firstRange(of: Array("\r\n\r\n".utf8)))
        var rest = bytes[head.upperBound...]
        var chunks: [String] = []
        while let line = rest.firstRange(of: [13, 10]) {
            let size = try #require(Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16))
            if size == 0 { break }
            chunks.append(String(decoding: rest[line.upperBound..<line.upperBound + size], as: UTF8.self))
            rest = rest[(line.upperBound + size + 2)...]
        }
        return chunks
    }
}
