internal import ClaudeSimulator

/// The calls of the demo: one of every kind that a meter can get wrong.
enum DemoTraffic {
    /// The name of the gate at which the abandoned stream waits.
    static let gate = "abandoned"

    /// The calls, in order.
    ///
    /// Cached prompts must be written before they are read.
    static let calls: [DemoCall] = agent + assistant + studio + trouble

    private static let agent: [DemoCall] = [
        DemoCall(
            title: "a stream", customer: .aurora, session: "review",
            body: message("claude-opus-5-5", "Review this change.", ["stream": true])),
        DemoCall(
            title: "thinking and a tool, streamed", customer: .aurora, session: "review",
            body: message(
                "claude-opus-5-5", "What is the weather in San Francisco?",
                [
                    "stream": true, "thinking": ["type": "adaptive"], "tools": [weatherTool],
                    "tool_choice": ["type": "any"],
                ]),
            scenario: ["usage": ["output_tokens": 412, "output_tokens_details": ["thinking_tokens": 287]]]),
        DemoCall(
            title: "a prompt written to the cache", customer: .aurora, session: "review",
            body: cached("claude-opus-5-5", "Summarize the handbook.", ttl: "5m")),
        DemoCall(
            title: "the same prompt read from the cache", customer: .aurora, session: "review",
            body: cached("claude-opus-5-5", "List its chapters.", ttl: "5m")),
        DemoCall(
            title: "a prompt cached for an hour", customer: .aurora, session: "review",
            body: cached("claude-sonnet-5-5", "Summarize the handbook.", ttl: "1h")),
        DemoCall(
            title: "a context that was compacted", customer: .aurora, session: "review",
            body: message("claude-opus-5-5", "Go on.", ["stream": true]), scenario: ["preset": "compaction"]),
    ]

    private static let assistant: [DemoCall] = [
        DemoCall(
            title: "an answer that is no stream", customer: .borealis, session: "support",
            body: message("claude-sonnet-5-5", "Translate this letter.")),
        DemoCall(
            title: "a model that declined, and its fallback", customer: .borealis, session: "support",
            body: message("claude-fable-5-2", "Help me.", ["stream": true]), scenario: ["preset": "fallback"]),
        DemoCall(
            title: "an advisor of another model", customer: .borealis, session: "support",
            body: message("claude-haiku-5-5", "Plan the work.", ["stream": true]), scenario: ["preset": "advisor"]),
        DemoCall(
            title: "three web searches", customer: .borealis, session: "support",
            body: message("claude-sonnet-5-5", "What is new?", ["stream": true]),
            scenario: ["usage": ["server_tool_use": ["web_search_requests": 3, "web_fetch_requests": 2]]]),
        DemoCall(
            title: "a prompt of 100,000 tokens", customer: .borealis, session: "archive",
            body: message("claude-haiku-5-5", "Read the archive.", ["stream": true]),
            scenario: prompt(of: 100_000)),
        DemoCall(
            title: "a prompt of 100,001 tokens", customer: .borealis, session: "archive",
            body: message("claude-haiku-5-5", "Read the archive again.", ["stream": true]),
            scenario: prompt(of: 100_001)),
    ]

    private static let studio: [DemoCall] = [
        DemoCall(
            title: "fast mode", customer: .aurora, session: "incident",
            body: message("claude-opus-5-5", "Quick, what broke?", ["stream": true, "speed": "fast"])),
        DemoCall(
            title: "inference kept in the US", customer: .aurora, session: "incident",
            body: message("claude-opus-5-5", "And where?", ["stream": true, "inference_geo": "us"])),
        DemoCall(
            title: "both at once", customer: .aurora, session: "incident",
            body: message(
                "claude-opus-5-5", "And why?", ["stream": true, "speed": "fast", "inference_geo": "us"])),
        DemoCall(
            title: "a batch of two", customer: .borealis, session: "nightly", path: "/v1/messages/batches",
            body: [
                "requests": [
                    ["custom_id": "first", "params": message("claude-opus-5-5", "Grade the first essay.")],
                    ["custom_id": "second", "params": message("claude-sonnet-5-5", "Grade the second essay.")],
                ]
            ], conduct: .batches),
        DemoCall(
            title: "a compressed stream, cut anywhere", customer: .aurora, session: "incident",
            body: message("claude-fable-5-2", "Bonjour, ça va? 東京 🌍", ["stream": true]),
            scenario: [
                "wire": ["gzip": true, "crlf": true, "comments": true, "chunks": ["maximum": 7, "seed": 3]]
            ]),
        DemoCall(
            title: "a count of tokens, which is free", customer: .aurora, session: "incident",
            path: "/v1/messages/count_tokens",
            body: [
                "model": "claude-opus-5-5", "messages": [["role": "user", "content": "How long is this?"]],
            ]),
    ]

    private static let trouble: [DemoCall] = [
        DemoCall(
            title: "a model in no price book", customer: .borealis, session: "preview",
            body: message("claude-opus-5-5", "Who are you?", ["stream": true]),
            scenario: ["model": "claude-opus-6-preview"]),
        DemoCall(
            title: "a client that leaves in the middle", customer: .aurora, session: "incident",
            body: message("claude-opus-5-5", "Tell me a long story.", ["stream": true]),
            scenario: [
                "gates": [["name": .string(gate), "at": "message_delta"]], "usage": ["output_tokens": 1873],
            ], conduct: .leaves(gate: gate)),
        DemoCall(
            title: "a stream that breaks off", customer: .borealis, session: "support",
            body: message("claude-sonnet-5-5", "Write a poem.", ["stream": true]), scenario: ["preset": "truncated"]),
        DemoCall(
            title: "an error in the middle of a stream", customer: .borealis, session: "support",
            body: message("claude-sonnet-5-5", "Write another.", ["stream": true]),
            scenario: ["preset": "error_event"]),
        DemoCall(
            title: "a refusal without an answer, which is free", customer: .borealis, session: "support",
            body: message("claude-opus-5-5", "Do harm.", ["stream": true]), scenario: ["preset": "refusal"]),
        DemoCall(
            title: "an overloaded API", customer: .aurora, session: "review",
            body: message("claude-opus-5-5", "Hello?", ["stream": true]), scenario: ["preset": "overloaded"]),
    ]

    // MARK: Bodies

    private static let weatherTool: JSONValue = [
        "name": "get_weather", "description": "The weather at a place.",
        "input_schema": ["type": "object", "properties": ["location": ["type": "string"]]],
    ]

    /// About ten thousand tokens of text, by the simulator's count.
    private static let handbook = String(
        repeating: "Measure every call; price it exactly; keep the receipt. ", count: 720)

    private static func message(_ model: String, _ prompt: String, _ more: JSONValue = [:]) -> JSONValue {
        let base: JSONValue = [
            "model": .string(model), "max_tokens": 4096,
            "messages": [["role": "user", "content": .string(prompt)]],
        ]
        return base.merging(more)
    }

    private static func cached(_ model: String, _ prompt: String, ttl: String) -> JSONValue {
        message(
            model, prompt,
            [
                "stream": true,
                "system": [
                    [
                        "type": "text", "text": .string(handbook),
                        "cache_control": ["type": "ephemeral", "ttl": .string(ttl)],
                    ]
                ],
            ])
    }

    /// A prompt of so many tokens: at 100,000 Haiku 5.5 still has its normal price, above it has the higher one.
    private static func prompt(of tokens: Int64) -> JSONValue {
        let usage: JSONValue = ["input_tokens": .integer(tokens), "output_tokens": 800]
        return ["usage": usage, "start_usage": ["input_tokens": .integer(tokens)]]
    }
}
