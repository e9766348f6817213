import Claude
import Metering
import MeteringConformance
import NIOCore
import Testing

@testable import Gateway

@Suite("The exchange's decisions")
struct ProxyExchangeTests {
    typealias Step = ProxyExchange.Step

    /// An exchange whose request is sent and whose response's head has come.
    static func streaming(contentType: String = "text/event-stream", status: Int = 200) -> ProxyExchange {
        var exchange = ProxyExchange(isMeteredRoute: true)
        #expect(exchange.connected() == .send)
        #expect(exchange.requestBody() == .forward)
        exchange.requestEnd()
        #expect(exchange.responseHead(status: status, contentType: contentType, contentEncoding: nil) == .forward)
        return exchange
    }

    static func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    static let before = Wire.messageStart() + Wire.text + Wire.messageDelta

    @Test("a stream is passed on but for its last event, which waits for the store")
    func lastEventWaits() {
        var exchange = Self.streaming()
        var step = exchange.responseBody(Self.bytes(Self.before))
        #expect(step.send == Self.bytes(Self.before))
        #expect(!step.submits)

        step = exchange.responseBody(Self.bytes(Wire.messageStop))
        #expect((step.send?.readableBytes ?? 0) == 0)
        #expect(step.submits)
        #expect(exchange.record?.usage.outputTokens == 89)
        #expect(exchange.quality == .exact)

        #expect(exchange.responseEnd().end == nil)
        step = exchange.stored(durably: true)
        #expect(step.send == Self.bytes(Wire.messageStop))
        #expect(step.end == .complete)
    }

    @Test("what comes in one piece with the last event is split from it")
    func split() {
        var exchange = Self.streaming()
        let step = exchange.responseBody(Self.bytes(Self.before + Wire.messageStop))
        #expect(step.send == Self.bytes(Self.before))
        #expect(step.submits)
        #expect(exchange.heldBytes == Wire.messageStop.utf8.count)
    }

    @Test("what follows the last event is held with it, and passed on once the event is durable")
    func trailingBytes() {
        var exchange = Self.streaming()
        _ = exchange.responseBody(Self.bytes(Self.before + Wire.messageStop))
        #expect(exchange.responseBody(Self.bytes(": late\n\n")).send == nil)
        var step = exchange.stored(durably: true)
        #expect(step.send == Self.bytes(Wire.messageStop + ": late\n\n"))
        #expect(step.end == nil)
        step = exchange.responseBody(Self.bytes(": later\n\n"))
        #expect(step.send == Self.bytes(": later\n\n"))
        #expect(exchange.responseEnd().end == .complete)
    }

    @Test("when the store fails for good, the last event is never sent and the connection breaks")
    func storeFails() {
        var exchange = Self.streaming()
        _ = exchange.responseBody(Self.bytes(Self.before + Wire.messageStop))
        let step = exchange.stored(durably: false)
        #expect(step.send == nil)
        #expect(step.end == .broken)
    }

    @Test("a JSON body waits for the store as a whole, and its head with it")
    func wholeJSON() {
        var exchange = Self.streaming(contentType: "application/json")
        let text = Wire.message
        let middle = text.index(text.startIndex, offsetBy: 40)
        let holdsHead = exchange.holdsHead
        #expect(holdsHead)
        #expect(exchange.responseBody(Self.bytes(String(text[..<middle]))).send == nil)
        let step = exchange.responseBody(Self.bytes(String(text[middle...])))
        #expect(step.send == nil)
        #expect(step.submits)
        #expect(exchange.responseEnd().end == nil)
        let end = exchange.stored(durably: true)
        #expect(end.send == Self.bytes(text))
        #expect(end.end == .complete)
    }

    @Test("of a large JSON body the latest piece waits for the next, and the last for the store")
    func jsonPieces() {
        var exchange = Self.streaming(contentType: "application/json")
        let text = Wire.message
        let middle = text.index(text.startIndex, offsetBy: 40)
        let blanks = String(repeating: " ", count: ProxyExchange.wholeBodyLimit)
        let (first, second) = (Self.bytes(blanks + text[..<middle]), Self.bytes(String(text[middle...])))
        #expect(exchange.responseBody(first).send == nil)
        let holdsHead = exchange.holdsHead
        #expect(!holdsHead)
        let step = exchange.responseBody(second)
        #expect(step.send == first)
        #expect(step.submits)
        #expect(exchange.responseEnd().end == nil)
        let end = exchange.stored(durably: true)
        #expect(end.send == second)
        #expect(end.end == .complete)
    }

    @Test("an error of the upstream is passed on unmetered", arguments: [400, 401, 429, 500, 529])
    func upstreamError(_ status: Int) {
        var exchange = Self.streaming(contentType: "application/json", status: status)
        let body = Self.bytes(#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#)
        #expect(exchange.responseBody(body).send == body)
        let end = exchange.responseEnd()
        #expect(end.end == .complete)
        #expect(!end.submits)
    }

    @Test("a JSON body of 200 that is no message is passed on unmetered")
    func noMessage() {
        var exchange = Self.streaming(contentType: "application/json")
        let body = Self.bytes(#"{"type":"error"}"#)
        var sent = exchange.responseBody(body).send
        let end = exchange.responseEnd()
        if sent == nil { sent = end.send }
        #expect(sent == body)
        #expect(end.end == .complete)
        #expect(!end.submits)
    }

    @Test("a route that is not metered is passed on")
    func unmeteredRoute() {
        var exchange = ProxyExchange(isMeteredRoute: false)
        _ = exchange.connected()
        exchange.requestEnd()
        _ = exchange.responseHead(status: 200, contentType: "application/json", contentEncoding: nil)
        #expect(exchange.responseBody(Self.bytes(Wire.message)).send == Self.bytes(Wire.message))
        #expect(exchange.responseEnd().end == .complete)
    }

    @Test("an error event waits for the store too, and the call is an estimate")
    func errorEvent() {
        var exchange = Self.streaming()
        let error = Wire.event("error", #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#)
        let step = exchange.responseBody(Self.bytes(Wire.messageStart() + Wire.text + error))
        #expect(step.send == Self.bytes(Wire.messageStart() + Wire.text))
        #expect(step.submits)
        #expect(exchange.quality == .estimated)
        #expect(exchange.responseEnd().end == nil)
        #expect(exchange.stored(durably: true).send == Self.bytes(error))
    }

    @Test("a stream that breaks off is metered as an estimate, and its client's connection breaks")
    func brokenStream() {
        var exchange = Self.streaming()
        #expect(exchange.responseBody(Self.bytes(Wire.messageStart() + Wire.text)).send != nil)
        let step = exchange.upstreamFailed(.closed)
        #expect(step.submits)
        #expect(step.end == nil)
        #expect(exchange.quality == .estimated)
        #expect(exchange.stored(durably: true).end == .broken)
    }

    @Test("a transfer that ends properly without the last event is an estimate, and complete for the client")
    func truncatedStream() {
        var exchange = Self.streaming()
        _ = exchange.responseBody(Self.bytes(Wire.messageStart() + Wire.text))
        #expect(exchange.responseEnd().submits)
        #expect(exchange.quality == .estimated)
        #expect(exchange.stored(durably: true).end == .complete)
    }

    @Test("when nothing of a message came, nothing is metered")
    func nothingKnown() {
        var exchange = Self.streaming()
        _ = exchange.responseBody(Self.bytes(": hello\n\n"))
        let step = exchange.upstreamFailed(.closed)
        #expect(!step.submits)
        #expect(step.end == .broken)
    }

    @Test("an upstream that fails before its head is answered for")
    func failsBeforeHead() {
        for failure in [UpstreamFailure.closed, .timeout, .connect("refused"), .malformed("x")] {
            var exchange = ProxyExchange(isMeteredRoute: true)
            let step = exchange.upstreamFailed(failure)
            #expect(step.end == .answer(failure))
            #expect(!step.submits)
            #expect([502, 504].contains(failure.response.status))
        }
    }

    @Test("when the client leaves after its request, the response is read to the end and counts as drained")
    func drained() {
        var exchange = Self.streaming()
        _ = exchange.responseBody(Self.bytes(Wire.messageStart()))
        #expect(exchange.clientLeft() == .drain)
        let step = exchange.responseBody(Self.bytes(Wire.text + Wire.messageDelta + Wire.messageStop))
        #expect(step.send == nil)
        #expect(step.submits)
        #expect(exchange.quality == .drained)
        #expect(exchange.heldBytes == 0)
        #expect(exchange.responseEnd().end == nil)
        #expect(exchange.stored(durably: true).end == .silent)
    }

    @Test("when the client leaves before the response's head, the response is read as well")
    func drainedBeforeHead() {
        var exchange = ProxyExchange(isMeteredRoute: true)
        _ = exchange.connected()
        exchange.requestEnd()
        #expect(exchange.clientLeft() == .drain)
        #expect(exchange.responseHead(status: 200, contentType: "application/json", contentEncoding: nil) == .discard)
        #expect(exchange.responseBody(Self.bytes(Wire.message)).submits)
        #expect(exchange.quality == .drained)
    }

    @Test("when the client leaves within its request, the upstream's connection is closed")
    func leavesWithinRequest() {
        var exchange = ProxyExchange(isMeteredRoute: true)
        #expect(exchange.requestBody() == .forward)
        _ = exchange.connected()
        #expect(exchange.clientLeft() == .abort(submits: false))
        #expect(exchange.requestBody() == .discard)
    }

    @Test("when the client leaves while the upstream is connected to, the connection goes to the pool")
    func leavesWhileConnecting() {
        var exchange = ProxyExchange(isMeteredRoute: true)
        exchange.requestEnd()
        #expect(exchange.clientLeft() == .abort(submits: false))
        #expect(exchange.connected() == .giveBack)
    }

    @Test("when the client leaves while the store is waited for, the event still counts")
    func leavesWhileStoring() {
        var exchange = Self.streaming()
        _ = exchange.responseBody(Self.bytes(Wire.stream))
        _ = exchange.responseEnd()
        #expect(exchange.clientLeft() == .wait)
        let step = exchange.stored(durably: true)
        #expect(step.send == nil)
        #expect(step.end == .silent)
    }

    @Test("an upstream that resets after the last event does not undo it")
    func resetAfterEnd() {
        var exchange = Self.streaming()
        _ = exchange.responseBody(Self.bytes(Wire.stream))
        let step = exchange.upstreamFailed(.closed)
        #expect(step.end == nil)
        #expect(!step.submits)
        let end = exchange.stored(durably: true)
        #expect(end.send == Self.bytes(Wire.messageStop))
        #expect(end.end == .broken)
    }

    @Test("every byte is passed on exactly once and in order, however the stream is cut", arguments: 0..<300)
    func randomCuts(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var exchange = Self.streaming()
        let stream = Array((Wire.stream + (seed % 3 == 0 ? ": tail\n\n" : "")).utf8)
        var sent: [UInt8] = []
        var submissions = 0
        var isStored = false
        for piece in generator.cuts(of: stream, maximum: 1 + Int(seed)) {
            let step = exchange.responseBody(ByteBuffer(bytes: piece))
            sent += step.send.map { Array($0.readableBytesView) } ?? []
            if step.submits {
                submissions += 1
                // Its name may be out when the pieces are smaller than it, but nothing a client could take for it.
                #expect(!String(decoding: sent, as: UTF8.self).contains("message_stop\""))
            }
            if submissions == 1, !isStored, Bool.random(using: &generator) {
                isStored = true
                sent += exchange.stored(durably: true).send.map { Array($0.readableBytesView) } ?? []
            }
        }
        let end = exchange.responseEnd()
        sent += end.send.map { Array($0.readableBytesView) } ?? []
        if !isStored { sent += exchange.stored(durably: true).send.map { Array($0.readableBytesView) } ?? [] }
        #expect(sent == stream)
        #expect(submissions == 1)
    }
}
