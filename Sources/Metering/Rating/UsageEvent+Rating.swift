public import Claude

extension UsageEvent {
    /// Makes the event of one response: its lines, and their charge with the book in force at `time`.
    ///
    /// This is the one way events are made. Ask ``Rating/isMetered(_:)`` first: a response that broke off before it
    /// stated any usage is not an event. A record that broke off, or could not be read in
    /// full, is always of quality `estimated`.
    ///
    /// The event always passes ``validate()``, whatever the provider or a client wrote into ids and names: text that
    /// does not fit is escaped and cut, the same text always in the same way, and a time outside 1970–9999 is taken as
    /// the nearest inside. (The customer is the operator's own and is taken as it is.)
    ///
    /// - Parameters:
    ///   - record: What the response told about itself.
    ///   - id: The idempotency key: the provider's message id when there is one, else the request id.
    ///   - time: When the call ended.
    ///   - catalog: The price books.
    ///   - quality: How the counts were obtained, if the record is complete.
    public init(
        rating record: MessageRecord, id: EventID, customer: CustomerID, session: SessionID, key: APIKeyID,
        requestID: String? = nil, agent: String? = nil, time: Timestamp, catalog: PriceCatalog,
        quality: Quality, source: Source
    ) {
        let latest = Timestamp(milliseconds: Self.timeLimit.milliseconds - 1)
        let time = min(max(time, Timestamp(milliseconds: 0)), latest)
        let lines = Rating.lines(for: record)
        let book = catalog.book(at: time)
        self.init(
            id: EventID(rawValue: RecordText.fit(id.rawValue)), customer: customer,
            session: SessionID(rawValue: RecordText.fit(session.rawValue)),
            key: APIKeyID(rawValue: RecordText.fit(key.rawValue)),
            requestID: requestID.flatMap { $0.isEmpty ? nil : RecordText.fit($0) },
            agent: agent.flatMap { $0.isEmpty ? nil : RecordText.fit($0) },
            model: ModelName.displayable(record.model.map { $0[...] }), time: time, lines: lines,
            charge: Rating.charge(for: lines, book: book), priceBook: book.hash,
            quality: Rating.isFinal(record) ? quality : .estimated, source: source)
    }
}
