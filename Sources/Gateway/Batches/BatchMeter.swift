import Claude
import Logging
import Metering
import NIOCore

/// Turns the results of a batch into usage events, each exactly once by its id, however often they are read.
struct BatchMeter: Sendable {
    let store: any UsageStore
    let catalog: PriceCatalog
    let spending: SpendGuard
    let logger: Logger

    /// One reading of one batch's results.
    struct Reading: Sendable {
        let batch: BatchRecord
        /// When the batch ended: the prices of that moment apply.
        let time: Timestamp
        fileprivate var reader = BatchResultReader()
        /// Lines that could not be read.
        ///
        /// Such a batch is not finished.
        fileprivate(set) var malformedLines = 0

        init(batch: BatchRecord, time: Timestamp) {
            self.batch = batch
            self.time = time
        }
    }

    /// Meters the lines that end in `bytes`; when it returns, their events are durable.
    func consume(_ bytes: ByteBuffer, _ reading: inout Reading) async throws(MeteringError) {
        let lines = reading.reader.consume(bytes)
        try await append(lines, &reading)
    }

    /// Meters the last line; when it returns, all events of the batch are durable.
    func finish(_ reading: inout Reading) async throws(MeteringError) {
        let lines = reading.reader.finish()
        try await append(lines, &reading)
    }

    private func append(_ lines: [BatchResultReader.Line], _ reading: inout Reading) async throws(MeteringError) {
        var events: [UsageEvent] = []
        for line in lines {
            switch line {
            case .malformed(let number, let error):
                reading.malformedLines += 1
                logger.error(
                    "a line of batch results cannot be read and is not metered",
                    metadata: ["batch": "\(reading.batch.id)", "line": "\(number)", "error": "\(error)"])
            case .result(let result):
                guard case .succeeded(let record) = result.outcome, Rating.isMetered(record) else { continue }
                events.append(event(record, result.customID, reading))
            }
        }
        guard !events.isEmpty else { return }
        let outcomes = try await store.append(events)
        for (event, outcome) in zip(events, outcomes) {
            guard outcome != .duplicate, case .priced(let charge) = event.charge else { continue }
            spending.record(charge, of: event.customer, at: event.time)
        }
    }

    private func event(_ record: MessageRecord, _ customID: String, _ reading: Reading) -> UsageEvent {
        let batch = reading.batch
        return UsageEvent(
            rating: record, id: EventID(rawValue: "batch:\(batch.id):\(customID)"), customer: batch.customer,
            session: batch.session, key: batch.key, requestID: nil, agent: nil, time: reading.time, catalog: catalog,
            quality: .exact, source: .batch)
    }
}
