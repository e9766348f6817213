internal import NIOHTTP1

/// A request in the form that routes read.
struct NodeRequest: Sendable {
    var method: String
    /// The parts of the path; percent escapes are decoded.
    var path: [String]
    var query: [String: String]
    var body: [UInt8]
    /// The body is over the limit of 4 MiB and was not kept.
    var isTooLarge = false

    init(_ head: HTTPRequestHead, body: [UInt8] = []) {
        method = head.method.rawValue
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = (parts.first ?? "").split(separator: "/").map { Self.decoded($0, plusIsSpace: false) }
        query = [:]
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[Self.decoded(sides[0], plusIsSpace: true)] =
                sides.count > 1 ? Self.decoded(sides[1], plusIsSpace: true) : ""
        }
        self.body = body
    }

    /// The values of a query parameter that is a list.
    func list(_ name: String) -> [String] {
        (query[name] ?? "").split(separator: ",").map(String.init)
    }

    private static func decoded(_ text: Substring, plusIsSpace: Bool) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") && plusIsSpace ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// An answer and how it is delivered.
struct NodeAnswer: Sendable {
    enum Delivery: Sendable {
        case whole
        /// The connection is closed in the middle of the body.
        case cut
        /// The connection is closed without an answer.
        case none
        /// The connection stays open without an answer.
        case never
    }

    var status: Int
    var body: [UInt8]
    var contentType = "application/json; charset=UTF-8"
    var retryAfter: Int?
    var delivery = Delivery.whole

    init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }

    /// An answer of the node itself: compact JSON with a line feed, as Go's encoder writes it.
    init(_ json: MockJSON, status: Int = 200) { self.init(status: status, body: json.encoded + [0x0A]) }

    init(_ failure: NodeFailure) { self.init(failure.body, status: failure.status) }

    static let dropped = NodeAnswer(delivery: .none)
    static let hanging = NodeAnswer(delivery: .never)

    private init(delivery: Delivery) {
        self.init(status: 0, body: [])
        self.delivery = delivery
    }
}
