import Claude
import ClaudeFuzzing
import NIOCore

/// The record that a meter makes of `pieces`.
func metered(
    _ pieces: [ByteBuffer], contentType: String = "text/event-stream", contentEncoding: String? = nil,
    truncated: Bool = false
) -> MessageRecord? {
    var meter = ResponseMeter(contentType: contentType, contentEncoding: contentEncoding)
    for piece in pieces { _ = meter.consume(piece) }
    return meter.finish(truncated: truncated)
}

/// The record that a meter makes of `text` in one piece.
func metered(_ text: String, contentType: String = "text/event-stream", truncated: Bool = false) -> MessageRecord? {
    metered([ByteBuffer(string: text)], contentType: contentType, truncated: truncated)
}

/// An event of a Messages API stream.
func event(_ name: String, _ data: String) -> String { "event: \(name)\ndata: \(data)\n\n" }

/// A whole stream: `start` is the usage of `message_start`, `deltas` that of each `message_delta`.
func stream(start: String, deltas: [String], end: String = event("message_stop", #"{"type":"message_stop"}"#)) -> String
{
    event(
        "message_start",
        #"{"type":"message_start","message":{"id":"msg_1","model":"m","type":"message","usage":\#(start)}}"#)
        + event(
            "content_block_start",
            #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#)
        + deltas.map {
            event("message_delta", #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":\#($0)}"#)
        }.joined() + end
}
