/// A subscription that survives its connections: what to ask for, what is new, and what was lost.
///
/// It does no I/O. ``connected()`` gives the request for a new connection; ``received(_:)`` judges each message;
/// ``disconnected(_:)`` says whether to try again.
struct StreamStateMachine<Topic: StreamTopic>: Sendable {
    /// What follows from a message.
    enum Action: Sendable {
        /// Nothing: an acknowledgement, or something that was seen before.
        case none
        /// The element is new.
        case deliver(Topic.Element)
        /// The element is new, and the last one.
        case deliverLast(Topic.Element)
        /// Something was lost or cannot be read: a new connection makes it good.
        case reconnect(FlowError)
        /// The subscription is impossible.
        case fail(FlowError)
    }

    private static var subscriptionID: StaticString { "flow" }

    private let topic: Topic
    private let attempts: Int
    /// The last element that was delivered.
    private(set) var seen: StreamPosition?
    /// The number of the last message of this connection's subscription.
    private var lastIndex: UInt64?
    /// How many connections ended since the last sign of life.
    private(set) var failures = 0

    init(_ topic: Topic, attempts: Int) {
        self.topic = topic
        self.attempts = attempts
    }

    /// There is a new connection; returns the request to send over it.
    mutating func connected() -> [UInt8] {
        lastIndex = nil
        let arguments = topic.arguments(after: seen)
        return Array(
            #"{"subscription_id":"\#(Self.subscriptionID)","action":"subscribe","topic":"\#(topic.name)","arguments":\#(arguments)}"#
                .utf8)
    }

    /// The connection is alive though it has nothing to say: the node has sent a ping.
    mutating func pinged() { failures = 0 }

    /// A connection ended or could not be made.
    ///
    /// - Returns: The number of the coming attempt in a row, from 1; `nil` when there have been too many.
    mutating func disconnected() -> Int? {
        failures += 1
        return failures < attempts ? failures : nil
    }

    /// Judges a message.
    mutating func received(_ bytes: [UInt8]) -> Action {
        do throws(FlowError) {
            let root = try JSONDocument(bytes).root
            if let error = try root.optional("error") { return try refused(error) }
            guard let payload = try root.optional("payload") else {
                // An acknowledgement has an action and no payload.
                guard try root.optional("action") != nil else {
                    throw FlowError(.malformedAnswer, "a message has neither `payload` nor `action` nor `error`")
                }
                return .none
            }
            guard let item = try topic.read(payload) else { return .none }
            return accept(item)
        } catch {
            return .reconnect(
                FlowError(
                    .malformedAnswer, "the access node sent an unreadable message: \(error.message)", cause: error))
        }
    }

    /// A status like those of HTTP: 400 and its kind stay as they are, all others may pass.
    private func refused(_ error: JSONNode) throws(FlowError) -> Action {
        let status = try error.optional("code")?.uint64() ?? 500
        let text = String((try error.optional("message")?.string() ?? "").prefix(2000))
        switch status {
        case 404:
            // A node that is behind does not know the block or transaction yet.
            return .reconnect(FlowError(.notFound, text))
        case 429: return .reconnect(FlowError(.rateLimited, "the access node wants fewer subscriptions: \(text)"))
        case 400..<500:
            let error = FlowError(.refused, "the access node refused the subscription: \(text)")
            // What was taken once is not wrong by itself: this node is behind, or has other rules.
            return seen == nil ? .fail(error) : .reconnect(error)
        default: return .reconnect(FlowError(.unavailable, "the subscription ended (\(status)): \(text)"))
        }
    }

    private mutating func accept(_ item: StreamItem<Topic.Element>) -> Action {
        if let index = item.index, let last = lastIndex {
            guard index <= last || index - last == 1 else {
                return .reconnect(lost("messages \(last + 1) to \(index - 1)"))
            }
        }
        if let index = item.index { lastIndex = max(index, lastIndex ?? index) }
        let position = item.position
        if let seen {
            if position.order < seen.order { return .none }
            if position.order == seen.order {
                return position.blockID == seen.blockID ? .none : .fail(otherChain(position.order))
            }
            if item.isContiguous, position.order - seen.order > 1 {
                return .reconnect(lost("heights \(seen.order + 1) to \(position.order - 1)"))
            }
            if let parent = item.parentID, let block = seen.blockID, parent != block {
                return .fail(otherChain(position.order - 1))
            }
        } else if item.isContiguous, let first = topic.firstOrder, position.order != first {
            // Before the beginning there is nothing; behind it something is missing.
            if position.order < first { return .none }
            return .reconnect(lost("heights \(first) to \(position.order - 1)"))
        }
        seen = position
        failures = 0
        return item.isLast ? .deliverLast(item.element) : .deliver(item.element)
    }

    private func lost(_ what: String) -> FlowError {
        FlowError(.malformedAnswer, "the access node left out \(what) of '\(topic.name)'")
    }

    private func otherChain(_ height: UInt64) -> FlowError {
        FlowError(
            .malformedAnswer,
            "another block at height \(height) than before: the access nodes are not of the same network, or it was reset"
        )
    }
}
