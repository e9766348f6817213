import NIOCore

/// The bytes of a call as the official Python client and the API write them.
enum CallBytes {
    static let request: [ByteBuffer] = {
        let body =
            #"{"model":"claude-opus-5-5","max_tokens":1024,"stream":true,"messages":[{"role":"user","content":""#
            + String(repeating: "Tell me about the quick brown fox. ", count: 40) + #""}]}"#
        let head = """
            POST /v1/messages HTTP/1.1
            Host: 127.0.0.1:8080
            Accept-Encoding: gzip, deflate
            Connection: keep-alive
            Accept: application/json
            Content-Type: application/json
            User-Agent: Anthropic/Python 0.125.0
            X-Stainless-Lang: python
            X-Stainless-Package-Version: 0.125.0
            X-Stainless-OS: Linux
            X-Stainless-Arch: x64
            X-Stainless-Runtime: CPython
            X-Stainless-Runtime-Version: 3.11.2
            X-Api-Key: fm_5f0c3a7be1d94d0f8f6b2d2f1a7c9e31
            X-Stainless-Async: false
            anthropic-version: 2023-06-01
            x-stainless-retry-count: 0
            x-stainless-read-timeout: 600
            Content-Length: \(body.utf8.count)
            """
        return [ByteBuffer(string: lines(head) + body)]
    }()

    private static let responseHead = """
        date: Sun, 29 Nov 2026 12:00:00 GMT
        anthropic-ratelimit-requests-limit: 4000
        anthropic-ratelimit-requests-remaining: 3999
        anthropic-ratelimit-requests-reset: 2026-11-29T12:00:00Z
        anthropic-ratelimit-input-tokens-limit: 2000000
        anthropic-ratelimit-input-tokens-remaining: 2000000
        anthropic-ratelimit-input-tokens-reset: 2026-11-29T12:00:00Z
        request-id: req_011CUYxvWn7mL1oPq3F9zKdA
        anthropic-organization-id: 9f4b7a52-6f0e-4a9e-8a8e-3c6a50d7f0aa
        server: cloudflare
        cf-cache-status: DYNAMIC
        x-robots-tag: none
        """

    /// A JSON answer of 1.2 KB in one piece.
    static let json: [ByteBuffer] = {
        let body =
            #"{"model":"claude-opus-5-5","id":"msg_01","type":"message","role":"assistant","content":[{"type":"text","text":""#
            + String(repeating: "The quick brown fox. ", count: 40)
            + #""}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":472,"output_tokens":210}}"#
        let head =
            "HTTP/1.1 200 OK\ncontent-type: application/json\ncontent-length: \(body.utf8.count)\n" + responseHead
        return [ByteBuffer(string: lines(head) + body)]
    }()

    /// A stream of 66 events, each a chunk and a piece of its own, as the network brings them.
    static let stream: [ByteBuffer] = {
        let head =
            "HTTP/1.1 200 OK\ncontent-type: text/event-stream; charset=utf-8\ntransfer-encoding: chunked\n"
            + responseHead
        let data = #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" some words"}}"#
        let event = "event: content_block_delta\ndata: \(data)\n\n"
        let chunk = String(event.utf8.count, radix: 16) + "\r\n" + event + "\r\n"
        return [ByteBuffer(string: lines(head))] + Array(repeating: ByteBuffer(string: chunk), count: 66)
            + [ByteBuffer(string: "0\r\n\r\n")]
    }()

    private static func lines(_ text: String) -> String {
        text.split(separator: "\n").joined(separator: "\r\n") + "\r\n\r\n"
    }
}
