internal import Claude
internal import Synchronization

extension UsageEvent {
    /// The most a single event can cost: 10³⁰ × 10⁻¹² USD.
    ///
    /// Sums of a hundred million such events stay exact.
    public static let chargeLimit = PicoUSD(1_000_000_000_000_000_000_000_000_000_000)
    /// The most UTF-8 bytes that an id, a session, a key, a request id, an agent or a model may have.
    public static let textLimit = 256
    /// The first moment that is no event's time: the year 10000.
    static let timeLimit = Timestamp(milliseconds: 253_402_300_800_000)

    /// Checks what every store relies on.
    ///
    /// A store refuses the whole call that holds an event which fails.
    ///
    /// Texts are printable ASCII and at most ``textLimit`` long; the customer id is well formed; the time lies in the years
    /// 1970–9999; lines are sorted by SKU, one each, with well-formed SKUs and quantities of 1 to
    /// `MessageUsage.countLimit`; a charge is between zero and ``chargeLimit``; what is unpriced names what is missing.
    ///
    /// - Throws: `invalidInput`, naming the event and the rule.
    public func validate() throws(MeteringError) {
        try validate(id.rawValue, "id")
        try validate(session.rawValue, "session")
        try validate(key.rawValue, "key")
        try validate(model, "model")
        try validateOptional(requestID, "request id")
        try validateOptional(agent, "agent")
        if !customer.isWellFormed {
            do { _ = try CustomerID(validating: customer.rawValue) } catch { throw invalid(error.message) }
        }
        guard time.milliseconds >= 0, time < Self.timeLimit else { throw invalid("its time is not in 1970–9999") }
        try validateLines()
        switch charge {
        case .priced(let charge):
            guard charge >= .zero, charge <= Self.chargeLimit else { throw invalid("its charge is out of range") }
        case .unpriced(let missing):
            guard !missing.isEmpty else { throw invalid("it is unpriced, but names no SKU that lacks a price") }
        }
    }

    private func validate(_ text: String, _ name: StaticString) throws(MeteringError) {
        guard RecordText.isFit(text) else {
            throw invalid("its \(name) is not 1–\(Self.textLimit) printable ASCII characters")
        }
    }

    private func validateOptional(_ text: String?, _ name: StaticString) throws(MeteringError) {
        guard text.map(RecordText.isFit) ?? true else {
            throw invalid("its \(name) is not 1–\(Self.textLimit) printable ASCII characters; leave it out instead")
        }
    }

    private func validateLines() throws(MeteringError) {
        guard lines.count <= Rating.lineLimit else { throw invalid("it has more than \(Rating.lineLimit) lines") }
        let areKnown = Self.knownSKUs.withLock { known in lines.allSatisfy { known.contains($0.sku) } }
        var previous: SKU?
        for line in lines {
            guard (1...MessageUsage.countLimit).contains(line.quantity) else {
                throw invalid("the quantity of \(quoted(line.sku.rawValue)) is not in 1–\(MessageUsage.countLimit)")
            }
            guard areKnown || line.sku.isWellFormed else {
                throw invalid("\(quoted(line.sku.rawValue)) is not a SKU")
            }
            guard previous.map({ $0 < line.sku }) ?? true else {
                throw invalid("its lines are not sorted, or \(line.sku) is there twice")
            }
            previous = line.sku
        }
        guard !areKnown else { return }
        Self.knownSKUs.withLock { known in
            if known.count > 4_096 { known = [] }
            for line in lines { known.insert(line.sku) }
        }
    }

    /// Well-formed SKUs that events had lately: all events together have a few dozen.
    private static let knownSKUs = Mutex<Set<SKU>>([])

    private func invalid(_ reason: String) -> MeteringError {
        MeteringError(.invalidInput, "the usage event \(quoted(id.rawValue)) is not valid: \(reason)")
    }
}
