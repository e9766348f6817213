extension Scenario {
    /// Scenarios that can be chosen by name.
    public static let presets: [String: Scenario] = [
        "plain": Scenario(),
        "overloaded": .failing(APIFailure(status: 529)),
        "rate_limited": .failing(APIFailure(status: 429, retryAfter: 1)),
        "server_error": .failing(APIFailure(status: 500)),
        "error_event": .faulty(.error(type: "overloaded_error", message: "Overloaded"), at: .before("message_delta")),
        "truncated": .faulty(.truncate, at: .before("message_delta")),
        "reset": .faulty(.reset, at: .before("message_delta")),
        "compaction": .compaction(inputTokens: 182_000, outputTokens: 3_400),
        "advisor": .advisor(model: "claude-opus-5-5", inputTokens: 12_500, outputTokens: 640),
        "fallback": .fallback(from: "claude-fable-5-2", to: "claude-opus-5-5", declined: true),
        "fallback_after_output": .fallback(from: "claude-fable-5-2", to: "claude-opus-5-5", declined: false),
        "refusal": .refusal(after: nil),
        "refusal_midway": .refusal(after: "I was about to explain"),
    ]

    /// An HTTP error instead of an answer.
    public static func failing(_ failure: APIFailure) -> Scenario {
        var scenario = Scenario()
        scenario.failure = failure
        return scenario
    }

    /// An answer that breaks off.
    public static func faulty(_ kind: Fault.Kind, at point: Point) -> Scenario {
        var scenario = Scenario()
        scenario.fault = Fault(kind, at: point)
        return scenario
    }

    /// An answer that waits at a gate.
    public static func gated(_ name: String, at point: Point) -> Scenario {
        var scenario = Scenario()
        scenario.gates = [GatePoint(name, at: point)]
        return scenario
    }

    /// An answer after the context was compacted: the compaction's tokens are not in the top-level counts.
    public static func compaction(inputTokens: Int64, outputTokens: Int64) -> Scenario {
        var scenario = Scenario()
        scenario.passes = [Pass(type: "compaction", inputTokens: inputTokens, outputTokens: outputTokens)]
        return scenario
    }

    /// An answer for which another model was asked for advice.
    public static func advisor(model: String, inputTokens: Int64, outputTokens: Int64) -> Scenario {
        var scenario = Scenario()
        scenario.passes = [
            Pass(type: "advisor_message", model: model, inputTokens: inputTokens, outputTokens: outputTokens)
        ]
        return scenario
    }

    /// An answer by a fallback model, after another one refused before (`declined`, free) or during its output.
    public static func fallback(from first: String, to second: String, declined: Bool) -> Scenario {
        var scenario = Scenario()
        scenario.model = second
        scenario.passes = [Pass(type: "message", model: first, inputTokens: 900, outputTokens: declined ? 0 : 35)]
        scenario.content = [
            [
                "type": "fallback", "from": ["model": .string(first)], "to": ["model": .string(second)],
                "trigger": ["type": "refusal", "category": nil],
            ],
            ["type": "text", "text": "Answered by the fallback model."],
        ]
        return scenario
    }

    /// A refusal: without content (free) or after some text (billed).
    public static func refusal(after text: String?) -> Scenario {
        var scenario = Scenario()
        scenario.content = text.map { [["type": "text", "text": .string($0)]] } ?? []
        scenario.stopReason = "refusal"
        scenario.stopDetails = ["type": "refusal", "category": nil, "explanation": nil]
        return scenario
    }
}
