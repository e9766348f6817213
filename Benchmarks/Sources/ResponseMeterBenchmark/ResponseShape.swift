import NIOCore

/// A response as the API streams it: 66 events, most of them small text deltas, about 8 KB.
enum ResponseShape {
    static let events: [String] = {
        let usage = """
            {"input_tokens":472,"cache_creation_input_tokens":300,"cache_read_input_tokens":7123,\
            "cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":200},"output_tokens":1,\
            "service_tier":"standard","inference_geo":"global"}
            """
        let message = """
            {"model":"claude-opus-5-5","id":"msg_01gEYkbUrMWeWQLGsCmrG6dL","type":"message","role":"assistant",\
            "content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,"usage":\(usage)}
            """
        return [
            event("message_start", #","message":\#(message)"#),
            event("content_block_start", #","index":0,"content_block":{"type":"text","text":""}"#),
            event("ping", ""),
        ] + (0..<60).map(delta) + [
            event("content_block_stop", #","index":0"#),
            event(
                "message_delta",
                #","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":89}"#),
            event("message_stop", ""),
        ]
    }()

    /// 1000 text deltas and nothing else.
    static let deltas = ByteBuffer(string: (0..<1000).map(delta).joined())

    private static func delta(_ number: Int) -> String {
        let text = number % 10 == 9 ? #" – a line\nand \"more\""# : " some words"
        return event("content_block_delta", #","index":0,"delta":{"type":"text_delta","text":"\#(text)"}"#)
    }

    private static func event(_ name: String, _ rest: String) -> String {
        "event: \(name)\ndata: {\"type\":\"\(name)\"\(rest)}\n\n"
    }

    /// What a decoder of structs needs of an event.
    struct Event: Decodable {
        struct Delta: Decodable { var text: String? }
        struct Usage: Decodable {
            var outputTokens: Int
            enum CodingKeys: String, CodingKey { case outputTokens = "output_tokens" }
        }
        var type: String
        var delta: Delta?
        var usage: Usage?
    }
}
