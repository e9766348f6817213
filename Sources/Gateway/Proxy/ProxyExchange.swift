import Claude
import Metering
import NIOCore

/// One pass-through call from the request to the durable event: which bytes go where, and when.
///
/// No I/O.
///
/// Four things run side by side and end in any order: the client's stay, the request's way up, the response's way down,
/// and the store's promise. What must hold is decided here alone:
///
/// - What ends a response (`message_stop`, the last piece of a JSON body) is held until the event is durable.
/// - When the client leaves after the request is complete, the response is read to its end without it.
/// - A response that breaks off is metered with what is known, and its client's connection breaks too.
struct ProxyExchange: ~Copyable {
    /// What happens to the client's response after an event.
    ///
    /// Empty when nothing does.
    struct Step {
        /// Bytes of body that may go to the client now.
        var send: ByteBuffer?
        /// An event must be made of the record and submitted to the store.
        var submits = false
        /// What becomes of the client's response.
        var end: End?

        enum End: Hashable {
            /// The response is complete.
            case complete
            /// It cannot be completed: the client's connection is closed, so that the client notices.
            case broken
            /// Nothing was sent yet: an error is answered.
            case answer(UpstreamFailure)
            /// There is no client any more.
            case silent

            /// Whether the client's response has a head that came from the upstream.
            var hasHead: Bool { self == .complete || self == .broken }
        }
    }

    /// What becomes of a piece of the request.
    enum RequestStep: Hashable { case forward, discard }
    /// What becomes of the response's head.
    enum HeadStep: Hashable { case forward, discard }
    /// What becomes of a new connection.
    enum ConnectStep: Hashable {
        case send
        /// Nobody needs it any more.
        case giveBack
    }
    /// What becomes of the call when its client leaves.
    enum LeaveStep: Hashable {
        /// The response is read to its end.
        case drain
        /// The upstream connection is closed: the request will never be complete.
        case abort(submits: Bool)
        /// Only the store is waited for.
        case wait
    }

    private enum Response { case awaited, open, ended, broken }
    private enum Store { case idle, pending, done, failed }
    /// How the response is held back.
    private enum Holding {
        /// Not at all: it is not metered.
        case nothing
        /// A stream: from the event that ends the message on.
        case lastEvent
        /// A JSON body: all of it, as long as it is not larger than ``wholeBodyLimit``.
        ///
        /// So its receipt is known when its head is written.
        case wholeBody
        /// A larger JSON body: its latest piece, until the next one comes.
        case latestPiece
        /// Everything from here on, until the event is durable.
        case everything
    }

    /// Bytes of a JSON body that are held together with its head.
    static let wholeBodyLimit = 64 * 1024

    private let isMeteredRoute: Bool
    private var clientIsPresent = true
    private var isConnected = false
    private(set) var requestIsComplete = false
    private var response = Response.awaited
    private var store = Store.idle
    private var holding = Holding.nothing
    private var meter: ResponseMeter?
    private var held: ByteBuffer?
    /// What the response told, once it told all.
    private(set) var record: MessageRecord?

    init(isMeteredRoute: Bool) { self.isMeteredRoute = isMeteredRoute }

    /// Bytes that wait for the store.
    var heldBytes: Int { held?.readableBytes ?? 0 }
    /// Whether the response's head has come.
    var hasResponse: Bool { response != .awaited }
    /// Whether the store's answer is waited for.
    var awaitsStore: Bool { store == .pending }
    /// Whether the store has answered.
    var hasStored: Bool { store == .done || store == .failed }
    /// Whether the response is read for its usage, so that there may be a receipt.
    var isMetered: Bool { meter != nil || record != nil }
    /// Whether the response's head is held together with its body.
    var holdsHead: Bool { holding == .wholeBody }
    /// Whether the response is one whose beginning the client should see while its end waits for the store.
    private(set) var isStreaming = false
    /// How the counts of the record were obtained.
    var quality: UsageEvent.Quality {
        guard record?.ending == .complete else { return .estimated }
        return clientIsPresent ? .exact : .drained
    }

    // MARK: The request

    func requestBody() -> RequestStep {
        clientIsPresent && (response == .awaited || response == .open) ? .forward : .discard
    }

    mutating func requestEnd() { requestIsComplete = true }

    mutating func connected() -> ConnectStep {
        isConnected = true
        return clientIsPresent ? .send : .giveBack
    }

    /// The connection was lost before a byte of the request was sent; another one is tried.
    mutating func connectionLost() { isConnected = false }

    mutating func clientLeft() -> LeaveStep {
        clientIsPresent = false
        held = nil
        switch response {
        case .ended, .broken: return .wait
        case .awaited, .open:
            if isConnected, requestIsComplete { return .drain }
            response = .broken
            return .abort(submits: closeMeter(truncated: true))
        }
    }

    // MARK: The response

    mutating func responseHead(status: Int, contentType: String?, contentEncoding: String?) -> HeadStep {
        response = .open
        if isMeteredRoute, (200..<300).contains(status) {
            let meter = ResponseMeter(contentType: contentType, contentEncoding: contentEncoding)
            holding =
                switch meter.format {
                case .stream: .lastEvent
                case .body: .wholeBody
                case .other: .nothing
                }
            isStreaming = meter.format == .stream
            self.meter = consume meter
        }
        return clientIsPresent ? .forward : .discard
    }

    mutating func responseBody(_ bytes: ByteBuffer) -> Step {
        let release = meter?.consume(bytes)
        var step = Step()
        switch holding {
        case .nothing:
            step.send = bytes
        case .everything:
            hold(bytes)
        case .wholeBody where heldBytes + bytes.readableBytes <= Self.wholeBodyLimit:
            hold(bytes)
            if release?.isFinal == true { holding = .everything }
        case .wholeBody, .latestPiece:
            holding = release?.isFinal == true ? .everything : .latestPiece
            step.send = held
            held = bytes
        case .lastEvent:
            guard let release, release.isHolding else {
                step.send = bytes
                break
            }
            var rest = bytes
            step.send = rest.readSlice(length: min(release.count, rest.readableBytes))
            hold(rest)
            holding = .everything
        }
        if release?.isFinal == true, closeMeter(truncated: false) {
            step.submits = true
        } else if holding == .everything, store == .idle, meter == nil {
            // The last word was said and there is nothing to meter: nothing to wait for.
            holding = .nothing
            step.send = Self.joined(step.send, held)
            held = nil
        }
        if !clientIsPresent {
            step.send = nil
            held = nil
        }
        return step
    }

    mutating func responseEnd() -> Step {
        response = .ended
        return conclude(truncated: false)
    }

    /// The upstream failed: it refused the connection, closed it too early, stayed silent, or spoke no HTTP.
    mutating func upstreamFailed(_ failure: UpstreamFailure) -> Step {
        switch response {
        case .ended, .broken: return Step()
        case .awaited:
            response = .broken
            return Step(end: clientIsPresent ? .answer(failure) : .silent)
        case .open:
            response = .broken
            return conclude(truncated: true)
        }
    }

    // MARK: The store

    /// The event is durable, or will never be.
    mutating func stored(durably: Bool) -> Step {
        store = durably ? .done : .failed
        guard durably else {
            // What the client may not see without a durable event is never sent.
            held = nil
            response = .broken
            return Step(end: clientIsPresent ? .broken : .silent)
        }
        holding = .nothing
        return finishIfOver()
    }

    // MARK: Inside

    private mutating func conclude(truncated: Bool) -> Step {
        if closeMeter(truncated: truncated) { return Step(submits: true) }
        return store == .pending ? Step() : finishIfOver()
    }

    /// Ends the meter; whether there is a record to submit.
    private mutating func closeMeter(truncated: Bool) -> Bool {
        let ended = meter?.finish(truncated: truncated)
        meter = nil
        guard let ended, Rating.isMetered(ended) else { return false }
        record = ended
        store = .pending
        return true
    }

    private mutating func finishIfOver() -> Step {
        var step = Step(send: clientIsPresent ? held : nil)
        held = nil
        switch response {
        case .awaited, .open: break
        case .ended: step.end = clientIsPresent ? .complete : .silent
        case .broken: step.end = clientIsPresent ? .broken : .silent
        }
        return step
    }

    private mutating func hold(_ bytes: ByteBuffer) {
        guard clientIsPresent else { return }
        held = Self.joined(held, bytes)
    }

    private static func joined(_ first: ByteBuffer?, _ second: ByteBuffer?) -> ByteBuffer? {
        guard var first else { return second }
        if let second { first.writeImmutableBuffer(second) }
        return first
    }
}
