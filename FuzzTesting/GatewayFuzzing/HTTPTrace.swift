internal import Gateway
internal import NIOCore

/// What a parser of HTTP/1.1 made of a connection's bytes, as far as it got before it refused or ran out of them.
public struct HTTPTrace: Hashable {
    /// One message.
    public struct Message: Hashable {
        /// Method or status, and target, as the parser tells them.
        public var start: [String]
        /// `name: value` of each header line, in order.
        public var fields: [String]
        /// The body without its framing, as far as it came.
        public var body: [UInt8] = []
        /// Whether its end was reached.
        public var isComplete = false
    }

    /// The messages in order; only the last one may be incomplete.
    public var messages: [Message] = []
    /// Whether the parser refused what followed.
    public var isRefused = false

    /// How many messages are whole.
    public var completeCount: Int { messages.count { $0.isComplete } }

    /// What these messages say that `other` does not; `nil` when they are all there, in order.
    ///
    /// The last message may be shorter: its body a beginning of the other's.
    func contradiction(to other: HTTPTrace) -> String? {
        guard messages.count <= other.messages.count else { return "a message too many" }
        for (mine, theirs) in zip(messages, other.messages) {
            guard mine.start == theirs.start else { return "other start lines: \(mine.start), \(theirs.start)" }
            guard mine.fields == theirs.fields else { return "other header lines: \(mine.fields), \(theirs.fields)" }
            guard mine.isComplete ? theirs.isComplete && mine.body == theirs.body : theirs.body.starts(with: mine.body)
            else { return "other bodies" }
        }
        return nil
    }

    /// The same without what was passed on of a message that was refused later: that depends on how it arrived.
    var settled: HTTPTrace {
        var trace = self
        if isRefused, let last = messages.last, !last.isComplete { trace.messages[messages.count - 1].body = [] }
        return trace
    }

    mutating func begin(_ start: [String], _ fields: [String]) {
        messages.append(Message(start: start, fields: fields))
    }

    mutating func add(_ bytes: ByteBuffer) {
        guard !messages.isEmpty else { return }
        messages[messages.count - 1].body += bytes.readableBytesView
    }

    mutating func end() {
        guard !messages.isEmpty else { return }
        messages[messages.count - 1].isComplete = true
    }
}

extension HTTPTrace {
    /// The gateway's reading of a client's bytes, which arrive in `pieces`.
    ///
    /// It ends where the gateway stops reading a connection: with a request after which it closes, or one that asks for
    /// another protocol, which other parsers take as the end of HTTP.
    static func gatewayRequests(_ pieces: [ByteBuffer]) -> HTTPTrace {
        var trace = HTTPTrace()
        var input = ByteBuffer()
        var finder = HeadFinder(limit: HTTPBytes.headLimit)
        var body: BodyDecoder?
        var isOver = false
        func step() throws(HTTPSyntaxError) -> Bool {
            if var decoder = body {
                let piece = try decoder.decode(&input)
                if let piece { trace.add(piece) }
                body = decoder
                guard decoder.isFinished else { return false }
                trace.end()
                body = nil
                return true
            }
            guard !isOver, let bytes = try finder.takeHead(from: &input) else { return false }
            let head = try RequestHead(parsing: bytes)
            // Answered with 405, never forwarded, the last of its connection: others do not even know such methods.
            guard head.method != .other else {
                isOver = true
                return false
            }
            trace.begin([head.methodString, head.targetString], head.fields.lines)
            isOver = !head.keepsAlive || head.fields.list(.connection, contains: "upgrade")
            body = BodyDecoder(head.framing)
            return true
        }
        for piece in pieces where !trace.isRefused {
            input.writeImmutableBuffer(piece)
            do throws(HTTPSyntaxError) { while try step() {} } catch { trace.isRefused = true }
        }
        return trace
    }

    /// The gateway's reading of the upstream's answer to one GET, after which the connection may close.
    static func gatewayResponse(_ pieces: [ByteBuffer], closes: Bool) -> HTTPTrace {
        var trace = HTTPTrace()
        var input = ByteBuffer()
        var finder = HeadFinder(limit: HTTPBytes.headLimit)
        var body: BodyDecoder?
        var isOver = false
        func step() throws(HTTPSyntaxError) -> Bool {
            guard !isOver else { return false }
            if var decoder = body {
                let piece = try decoder.decode(&input)
                if let piece { trace.add(piece) }
                body = decoder
                guard decoder.isFinished else { return false }
                trace.end()
                isOver = true
                return false
            }
            guard let bytes = try finder.takeHead(from: &input) else { return false }
            let head = try ResponseHead(parsing: bytes, toHead: false)
            if head.status < 200 { return true }
            trace.begin([String(head.status)], head.fields.lines)
            body = BodyDecoder(head.framing)
            return true
        }
        for piece in pieces where !trace.isRefused {
            input.writeImmutableBuffer(piece)
            do throws(HTTPSyntaxError) { while try step() {} } catch { trace.isRefused = true }
        }
        if closes, !trace.isRefused, !isOver, body?.endsWithConnection == true { trace.end() }
        return trace
    }
}

extension HTTPFieldSet {
    fileprivate var lines: [String] { fields.map { "\(name($0)): \(string($0))" } }
}
