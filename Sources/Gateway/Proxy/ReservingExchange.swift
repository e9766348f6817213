import Claude
import Logging
import Metering
import NIOCore

/// A call of a customer with caps, before it is forwarded: its whole body is needed to know what it can cost.
///
/// When the money is reserved the call goes on as a ``ProxyCall``; when not, nothing of it reaches the upstream.
final class ReservingExchange: ClientExchange {
    private let request: RequestHead
    private let route: Route
    private let principal: Principal
    private let loop: LoopContext
    private var front: FrontHandler?
    private var body = ByteBuffer()
    private var timeout: Scheduled<Void>?

    init(front: FrontHandler, request: RequestHead, route: Route, principal: Principal) {
        self.front = front
        self.request = request
        self.route = route
        self.principal = principal
        loop = front.loop
    }

    func requestBody(_ bytes: ByteBuffer) { body.writeImmutableBuffer(bytes) }

    func requestEnd() {
        guard let front else { return }
        self.front = nil
        let core = loop.core
        let now = core.wallClock()
        let terms = CallTerms(body)
        guard let maxTokens = terms.maxTokens else {
            front.answer(.unboundedCall)
            return
        }
        let bound = core.configuration.spendBound.amount(
            model: terms.model, inputBytes: Int64(body.readableBytes), maxTokens: maxTokens,
            modifiers: terms.modifiers, book: core.catalog.book(at: now))
        let reservations = principal.limits.isUnlimited ? nil : core.reservations
        switch core.spending.reserve(
            principal.customer, upperBound: bound, now: now, checksLimits: reservations == nil)
        {
        case .failure(let refusal): refuse(refusal, front, now: now)
        case .success(let lease):
            guard let reservations else { return go(front, CallReservation(lease: lease)) }
            self.front = front
            share(lease, with: reservations, upperBound: bound, now: now)
        }
    }

    private func refuse(_ refusal: SpendRefusal, _ front: FrontHandler, now: Timestamp) {
        let id = front.answer(.spendLimit(refusal, now: now))
        loop.core.logger.warning(
            "call refused: spend limit",
            metadata: [
                "customer": "\(principal.customer)", "window": "\(refusal.window.rawValue)", "request_id": "\(id)",
            ])
    }

    private func go(_ front: FrontHandler, _ reservation: CallReservation) {
        let call = ProxyCall(
            front: front, request: request, route: route, principal: principal, reservation: reservation)
        front.replaceExchange(with: call)
        call.start()
        call.requestBody(body)
        call.requestEnd()
    }

    // MARK: Other gateways

    /// Reserves where all gateways see it; until the answer comes, or for too long, the client waits.
    private func share(
        _ lease: SpendLease, with reservations: any SharedReservations, upperBound: PicoUSD, now: Timestamp
    ) {
        let eventLoop = loop.eventLoop
        let exchange = NIOLoopBound(self, eventLoop: eventLoop)
        reservations.reserve(
            principal.customer, limits: principal.limits, upperBound: upperBound, now: now
        ) { answer in
            eventLoop.execute { exchange.value.shared(answer, lease, now: now) }
        }
        timeout = eventLoop.assumeIsolated().scheduleTask(in: loop.core.configuration.timeouts.reservation) {
            guard let front = self.front else { return }
            self.front = nil
            self.giveUp(front, "no answer came in time")
        }
    }

    private func shared(_ answer: Result<SharedReservation, MeteringError>, _ lease: SpendLease, now: Timestamp) {
        timeout?.cancel()
        let front = front
        self.front = nil
        switch (answer, front) {
        case (.success(.granted(let shared, let standing)), let front?):
            go(front, CallReservation(lease: lease, shared: CallReservation.Shared(lease: shared, standing: standing)))
            return
        case (.success(.granted(let shared, _)), nil): loop.core.reservations?.release(shared)
        case (.success(.refused(let refusal)), let front?): refuse(refusal, front, now: now)
        case (.failure(let error), let front?): giveUp(front, "\(error)")
        case (_, nil): break
        }
        loop.core.spending.release(lease)
    }

    private func giveUp(_ front: FrontHandler, _ reason: String) {
        let id = front.answer(.unknownStanding)
        loop.core.logger.warning(
            "call refused: nobody can tell what is left of the customer's cap",
            metadata: ["customer": "\(principal.customer)", "error": "\(reason)", "request_id": "\(id)"])
    }

    func requestReadComplete() {}
    func clientWritabilityChanged(_ isWritable: Bool) {}
    func clientLeft() { front = nil }
}

/// What a request's body says about its price.
///
/// What cannot be read is taken at its dearest: the upstream will refuse such a request, or knows more than we do. Of
/// members that come twice the dearer one counts, since nobody knows which one the upstream takes.
struct CallTerms: Equatable {
    /// `nil` is taken as the dearest model.
    var model: String?
    /// `nil` when the request states none that can be read.
    var maxTokens: Int64?
    private var namesModels = 0
    var modifiers: SKU.Modifiers = []

    init(_ body: ByteBuffer) {
        body.withUnsafeReadableBytes { raw in
            do throws(ClaudeError) {
                try read(raw)
            } catch {
                maxTokens = nil
            }
        }
        // Fallbacks answer with models of their own.
        if namesModels != 1 { model = nil }
    }

    private mutating func read(_ raw: UnsafeRawBufferPointer) throws(ClaudeError) {
        var cursor = JSONCursor(raw)
        try cursor.beginObject()
        while let key = try cursor.nextKey() {
            switch key {
            case "model" where try cursor.peekKind() == .string:
                model = try cursor.readString()
                namesModels += 1
            case "fallbacks":
                _ = try cursor.skipValue()
                namesModels += 1
            case "max_tokens" where try cursor.peekKind() == .number:
                maxTokens = max(maxTokens ?? 0, try cursor.readInt64())
            case "speed" where try cursor.peekKind() == .string:
                if try cursor.readString() == "fast" { modifiers.insert(.fast) }
            case "inference_geo" where try cursor.peekKind() == .string:
                if try cursor.readString() == "us" { modifiers.insert(.us) }
            default: _ = try cursor.skipValue()
            }
        }
        try cursor.finish()
    }
}
