extension Scenario {
    /// A place in a response body.
    public enum Point: Sendable, Hashable {
        /// Before the status line: the response does not start.
        case head
        /// After the headers, before the first body byte.
        case start
        /// Before the event with this index, counted from 0; beyond the last event it is the end.
        case event(Int)
        /// Before the first event of this name, such as `message_stop`; the end when there is none.
        case before(String)
        /// After so many body bytes (counted before compression); beyond the body it is the end.
        case byte(Int)
        /// After the last body byte, before the body is finished.
        ///
        /// The client of a body with a length does not notice: it has everything, and may send its next request.
        case end
    }

    /// How a body breaks off.
    public struct Fault: Sendable, Hashable {
        /// What happens.
        public enum Kind: Sendable, Hashable {
            /// A stream gets `event: error` with this type and message, and then ends as it should.
            case error(type: String, message: String)
            /// The connection is closed, in the middle of the body.
            case truncate
            /// The connection is reset (TCP RST).
            case reset
            /// The body is ended as HTTP wants it, though the protocol above is not at its end.
            case finish
        }
        /// What happens.
        public var kind: Kind
        /// Where it happens.
        public var at: Point

        /// Creates a fault.
        public init(_ kind: Kind, at point: Point) {
            self.kind = kind
            self.at = point
        }
    }

    /// A place where a body waits for ``ClaudeSimulator/gate(_:)`` to open.
    public struct GatePoint: Sendable, Hashable {
        /// The gate's name.
        public var name: String
        /// Where the body waits.
        public var at: Point

        /// Creates a gate.
        public init(_ name: String, at point: Point) {
            self.name = name
            self.at = point
        }
    }

    /// A place where a body pauses.
    public struct Delay: Sendable, Hashable {
        /// The length of the pause in milliseconds.
        public var milliseconds: Int64
        /// Where; `nil` means before every chunk (a slow drip).
        public var at: Point?

        /// Creates a pause.
        public init(milliseconds: Int64, at point: Point? = nil) {
            self.milliseconds = milliseconds
            self.at = point
        }
    }

    /// The form of the bytes of a response.
    public struct WireFormat: Sendable, Hashable {
        /// How the body is cut into writes (HTTP chunks).
        public enum Chunking: Sendable, Hashable {
            /// One chunk per event, as the API does.
            case perEvent
            /// The whole body in one chunk.
            case whole
            /// Chunks of these sizes, over and over: bytes are cut anywhere.
            case sizes([Int])
            /// Chunks of random sizes from 1 to a maximum, from this seed.
            case random(maximum: Int, seed: UInt64)
        }
        /// How the body is cut into writes.
        public var chunking: Chunking = .perEvent
        /// Blanks in JSON; `nil` is the API's habit: none in streams, some in bodies.
        public var spacing: JSONValue.Spacing?
        /// Whether lines of a stream end in CR LF.
        public var usesCRLF = false
        /// Whether comment lines stand between the events of a stream.
        public var hasComments = false
        /// Whether events of an unknown type stand in a stream.
        public var hasUnknownEvents = false
        /// How many `ping` events a stream has, spread over its content.
        public var pings = 1
        /// Whether the body is compressed (`content-encoding: gzip`), flushed after every event.
        public var usesGzip = false
        /// Characters of text in one delta event.
        public var deltaLength = 24

        /// Creates the API's usual form.
        public init() {}
    }
}

/// An error response in the API's documented shape.
public struct APIFailure: Error, Sendable, Hashable {
    /// The HTTP status.
    public var status: Int
    /// `error.type`, such as `overloaded_error`.
    public var type: String
    /// `error.message`.
    public var message: String
    /// `error.details.error_code`, if any.
    public var errorCode: String?
    /// `retry-after` in seconds, if any.
    public var retryAfter: Int?

    /// Creates a failure; without a type, the one documented for the status.
    public init(
        status: Int, type: String? = nil, message: String? = nil, errorCode: String? = nil, retryAfter: Int? = nil
    ) {
        self.status = status
        self.type = type ?? Self.type(of: status)
        self.message = message ?? Self.message(of: status)
        self.errorCode = errorCode
        self.retryAfter = retryAfter
    }

    private static func type(of status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 402: "billing_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 409: "conflict_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 504: "timeout_error"
        case 529: "overloaded_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }

    private static func message(of status: Int) -> String {
        switch status {
        case 401: "invalid x-api-key"
        case 404: "Not found"
        case 405: "Method Not Allowed"
        case 413: "Request exceeds the maximum size"
        case 429: "This request would exceed your organization's rate limit"
        case 529: "Overloaded"
        case 500...: "Internal server error"
        default: "The request was refused"
        }
    }
}
