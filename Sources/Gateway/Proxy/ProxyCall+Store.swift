import Claude
import Logging
import Metering
import NIOCore

// The event: made of the record, handed to the store, tried again, and waited for.
extension ProxyCall {
    /// Makes the event and hands it to the store.
    func submit() {
        guard let record = exchange.record else { return }
        let time = loop.core.wallClock()
        if let problem = record.problem {
            loop.core.logger.error(
                "a response could not be read to its end; its usage is estimated",
                metadata: ["request_id": "\(attribution.requestID ?? "")", "problem": "\(problem)"])
        }
        if let problem = record.contentProblem {
            loop.core.logger.warning(
                "the content of a response is not as the protocol says; its usage is certain",
                metadata: ["request_id": "\(attribution.requestID ?? "")", "problem": "\(problem)"])
        }
        let event = UsageEvent(
            rating: record, id: EventID(rawValue: record.id ?? attribution.requestID ?? loop.nextRequestID()),
            customer: principal.customer,
            session: attribution.session ?? loop.dailySession(key: principal.key, day: time.day),
            key: principal.key, requestID: attribution.requestID, agent: attribution.agent, time: time,
            catalog: loop.core.catalog, quality: exchange.quality, source: .gateway)
        self.event = event
        append(event)
    }

    func append(_ event: UsageEvent) {
        let eventLoop = loop.eventLoop
        let call = NIOLoopBound(self, eventLoop: eventLoop)
        loop.core.store.submit([event]) { result in
            eventLoop.execute { call.value.appended(result) }
        }
    }

    func appended(_ result: Result<[AppendOutcome], MeteringError>) {
        switch result {
        case .success(let outcomes):
            loop.core.health.report(success: true)
            guard let event else { return settled(durably: true) }
            switch outcomes.first {
            case .appended(_, let hash): receipt = ReceiptHeader.line(event.id, hash)
            case .accepted, nil: receipt = ReceiptHeader.line(event.id, nil)
            case .duplicate:
                isDuplicate = true
                return findReceipt(of: event)
            }
            settled(durably: true)
        case .failure(let error):
            loop.core.health.report(success: false)
            retry(after: error)
        }
    }

    /// A call that was metered before has the receipt that it had then.
    ///
    /// Unless that was another customer's: whose receipts are nobody else's business.
    private func findReceipt(of event: UsageEvent) {
        let store = loop.core.store
        loop.eventLoop.makeFutureWithTask { try await store.event(id: event.id) }
            .assumeIsolated().whenComplete { [self] found in
                var hash: ReceiptHash?
                switch found {
                case .success(let stored): hash = stored?.event.customer == event.customer ? stored?.hash : nil
                case .failure(let error):
                    loop.core.logger.warning(
                        "a receipt could not be read; its response names it without its hash",
                        metadata: ["error": "\(error)", "event": "\(event.id)"])
                }
                receipt = ReceiptHeader.line(event.id, hash)
                settled(durably: true)
            }
    }

    /// Tries again later, for a bounded time.
    func retry(after error: MeteringError) {
        let durability = loop.core.configuration.durability
        guard retries < durability.retries, error.code != .invalidInput, let event else {
            loop.core.logger.critical(
                "an event is lost: the store did not take it; its call was cut off before the end",
                metadata: ["error": "\(error)", "event": "\(event?.id.rawValue ?? "")"])
            return settled(durably: false)
        }
        let delay = TimeAmount.nanoseconds(durability.firstRetryDelay.nanoseconds << Int64(min(retries, 20)))
        retries += 1
        loop.core.logger.warning(
            "the store did not take an event; it is tried again",
            metadata: ["error": "\(error)", "retry": "\(retries)"])
        loop.eventLoop.assumeIsolated().scheduleTask(in: delay) { self.append(event) }
    }

    func settled(durably: Bool) {
        let step = exchange.stored(durably: durably)
        if !durably {
            upstream?.abort()
            upstream = nil
        }
        perform(step)
        if needsFlush, let front {
            needsFlush = false
            front.flush()
        }
        updateUpstreamReading()
    }
}
