import Claude
import Metering
import NIOCore

// The response, as it comes from the upstream.
extension ProxyCall: UpstreamDelegate {
    func upstreamHead(_ head: ResponseHead) {
        status = head.status
        headTime = loop.eventLoop.now
        let ownID = head.fields.first(.requestID) == nil ? loop.nextRequestID() : nil
        attribution.requestID = ownID ?? head.fields.firstString(.requestID)
        let isMetered = route == .messages && head.status < 300
        let step = exchange.responseHead(
            status: head.status, contentType: isMetered ? head.fields.firstString(.contentType) : nil,
            contentEncoding: isMetered ? head.fields.firstString(.contentEncoding) : nil)
        guard step == .forward, let front else { return }
        let framing = ForwardedHeaders.clientFraming(of: head, isHTTP10: front.isHTTP10)
        var out = loop.takeScratch()
        ForwardedHeaders.writeResponse(
            head, framing: framing, requestID: ownID, standing: isMetered ? standing : nil,
            closes: front.closesAfterResponse, to: &out)
        front.begin(out, framing: framing)
        loop.giveScratch(out)
        needsFlush = true
    }

    /// How a customer with caps stands before this call is settled.
    private var standing: String? {
        guard !principal.limits.isUnlimited else { return nil }
        let now = loop.core.wallClock()
        return loop.core.spending.standing(of: principal.customer, now: now).headerLines(now: now)
    }

    func upstreamBody(_ bytes: ByteBuffer) {
        perform(exchange.responseBody(bytes))
        if exchange.heldBytes > Self.heldLimit || front?.isWritable == false { updateUpstreamReading() }
    }

    func upstreamEnd() {
        upstream = nil
        perform(exchange.responseEnd())
    }

    func upstreamReadComplete() {
        // While the store is waited for, what was written goes out with the rest, in one piece.
        guard needsFlush, !exchange.awaitsStore || exchange.isStreaming, let front else { return }
        needsFlush = false
        front.flush()
    }

    func upstreamFailed(_ failure: UpstreamFailure) {
        upstream = nil
        perform(exchange.upstreamFailed(failure))
    }

    func upstreamWritabilityChanged(_ isWritable: Bool) {
        if isWritable { front?.setReading(true) }
    }
}
