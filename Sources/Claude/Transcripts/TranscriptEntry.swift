/// One API response that Claude Code wrote into a transcript.
public struct TranscriptEntry: Sendable, Hashable {
    /// The provider's message id (`msg_…`).
    public var messageID: String?
    /// The `request-id` of the response; absent when a gateway on the way did not send one.
    public var requestID: String?
    /// The session: the line's `sessionId`, or the one the file's name states.
    public var sessionID: String
    /// The subagent that made the call, or `nil` for the main loop.
    public var agentID: String?
    /// Whether the line belongs to a side conversation: a subagent, or a replay of the main one.
    public var isSidechain: Bool
    /// The id of the line, unique to it and its copies.
    public var uuid: String?
    /// When the line was written, in milliseconds since 1970-01-01T00:00:00Z.
    public var timestamp: Int64
    /// The usage and what rating needs beside it.
    public var record: MessageRecord
    /// The path of the transcript.
    public var file: String
    /// The line's number in the file, from 1.
    public var line: Int64
    /// Where the line starts in the file, in bytes.
    public var offset: Int64

    /// The id to bill under: the message id, else the request id, else the line's own id.
    ///
    /// The gateway records calls under the same ids, so a call that both have seen is billed once.
    public var billingID: String? { messageID ?? requestID ?? uuid }

    /// Creates an entry.
    public init(
        messageID: String?, requestID: String?, sessionID: String, agentID: String? = nil, isSidechain: Bool = false,
        uuid: String? = nil, timestamp: Int64, record: MessageRecord, file: String, line: Int64, offset: Int64
    ) {
        self.messageID = messageID
        self.requestID = requestID
        self.sessionID = sessionID
        self.agentID = agentID
        self.isSidechain = isSidechain
        self.uuid = uuid
        self.timestamp = timestamp
        self.record = record
        self.file = file
        self.line = line
        self.offset = offset
    }
}
