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
        heldHead = HeldHead(head: head, framing: framing, requestID: ownID, isMetered: isMetered)
        if !exchange.holdsHead { releaseHead() }
    }

    /// Writes the head, with the receipt if that is known, or with the word that the trailer will have it.
    func releaseHead() {
        guard let held = heldHead, let front else { return }
        heldHead = nil
        let waitsForReceipt = receipt == nil && exchange.isMetered
        let framing = waitsForReceipt ? held.framing.withTrailer(isHTTP10: front.isHTTP10) : held.framing
        announcesReceipt = waitsForReceipt && framing == .chunked
        var out = loop.takeScratch()
        ForwardedHeaders.writeResponse(
            held.head, framing: framing, requestID: held.requestID, standing: held.isMetered ? standing : nil,
            receipt: announcesReceipt ? ReceiptHeader.announcement : receipt, closes: front.closesAfterResponse,
            to: &out)
        front.begin(out, framing: framing)
        loop.giveScratch(out)
        needsFlush = true
    }

    /// How a customer with caps stands before this call is settled.
    private var standing: String? {
        guard !principal.limits.isUnlimited else { return nil }
        let now = loop.core.wallClock()
        let standing = reservation?.shared?.standing ?? loop.core.spending.standing(of: principal.customer, now: now)
        return standing.headerLines(now: now)
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
