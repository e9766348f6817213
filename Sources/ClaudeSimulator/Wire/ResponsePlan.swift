internal import Claude
internal import NIOCore

/// Everything that will happen on the wire for one response, decided before its first byte.
struct ResponsePlan: Sendable {
    /// One thing that happens, in order.
    enum Step: Sendable, Equatable {
        case bytes(ByteBuffer)
        case gate(String)
        case delay(milliseconds: Int64)
        /// The body is finished as HTTP wants it.
        case finish
        /// The connection is closed without that.
        case truncate
        /// The connection is reset.
        case reset
    }

    var status = 200
    var contentType = "application/json"
    var isGzip = false
    /// The length to announce; `nil` for chunks.
    var contentLength: Int?
    /// What happens before the status line.
    var beforeHead: [Step] = []
    var steps: [Step] = []
    /// The body before compression, as far as it will be sent.
    var body: [UInt8] = []
    /// What a perfect reader learns from the bytes; `nil` when no message was begun.
    var told: MessageRecord?
}

/// Turns events or a body into a plan.
struct ResponsePlanner {
    var scenario: Scenario
    var requestID: String

    /// A stream of events.
    func stream(_ events: [StreamEvent]) throws(ClaudeSimulatorError) -> ResponsePlan {
        let parts = events.map { Part(name: $0.name, bytes: $0.bytes(scenario.wire), event: $0) }
        var plan = ResponsePlan(contentType: "text/event-stream; charset=utf-8")
        try lay(parts, into: &plan)
        return plan
    }

    /// A JSON body, with the record that a perfect reader gets from the whole of it.
    func json(_ json: JSONValue, told: MessageRecord?) throws(ClaudeSimulatorError) -> ResponsePlan {
        let bytes = Array(json.serialized(scenario.wire.spacing ?? .spaced).utf8)
        var plan = ResponsePlan(contentType: "application/json")
        try lay([Part(name: "body", bytes: bytes, event: nil)], into: &plan)
        if plan.body.count == bytes.count { plan.told = told }
        if !plan.isGzip { plan.contentLength = bytes.count }
        return plan
    }

    /// A body given byte for byte.
    func raw(_ raw: Scenario.RawBody) throws(ClaudeSimulatorError) -> ResponsePlan {
        var plan = ResponsePlan(status: raw.status, contentType: raw.contentType)
        try lay([Part(name: "body", bytes: raw.bytes, event: nil)], into: &plan)
        plan.told = nil
        return plan
    }

    private struct Part {
        var name: String
        var bytes: [UInt8]
        var event: StreamEvent?
    }

    // MARK: Laying out

    private func lay(_ parts: [Part], into plan: inout ResponsePlan) throws(ClaudeSimulatorError) {
        var ends: [Int] = []
        for part in parts { ends.append((ends.last ?? 0) + part.bytes.count) }
        let total = ends.last ?? 0
        let cut = scenario.fault.map { offset(of: $0.at, parts, ends) } ?? total

        plan.body = Array(parts.flatMap(\.bytes).prefix(cut))
        plan.told = told(parts, ends, cut)
        if case .error(let type, let message) = scenario.fault?.kind, parts.first?.event != nil {
            plan.body += StreamEvent.error(type: type, message: message, requestID: requestID).bytes(scenario.wire)
            if plan.told?.ending == .truncated { plan.told?.ending = .error(type: type) }
        }

        plan.isGzip = scenario.wire.usesGzip
        plan.beforeHead = actions(parts, ends).filter { $0.point == .head }.map(\.step)
        let placed = actions(parts, ends).filter { $0.point != .head }.map { (min($0.offset, cut), $0.step) }
        let steps = try segments(plan.body, ends, placed)
        plan.steps = dripping(chunked(steps)) + [terminal]
    }

    private var terminal: ResponsePlan.Step {
        switch scenario.fault?.kind {
        case .truncate: .truncate
        case .reset: .reset
        case .finish, .error, nil: .finish
        }
    }

    private func offset(of point: Scenario.Point, _ parts: [Part], _ ends: [Int]) -> Int {
        let total = ends.last ?? 0
        func start(_ index: Int) -> Int { index == 0 ? 0 : ends[index - 1] }
        switch point {
        case .head, .start: return 0
        case .end: return total
        case .byte(let count): return min(count, total)
        case .event(let index): return index < parts.count ? start(index) : total
        case .before(let name): return parts.firstIndex { $0.name == name }.map(start) ?? total
        }
    }

    private func actions(
        _ parts: [Part], _ ends: [Int]
    ) -> [(point: Scenario.Point, offset: Int, step: ResponsePlan.Step)] {
        let gates = scenario.gates.map { ($0.at, offset(of: $0.at, parts, ends), ResponsePlan.Step.gate($0.name)) }
        let delays = scenario.delays.compactMap { delay in
            delay.at.map {
                ($0, offset(of: $0, parts, ends), ResponsePlan.Step.delay(milliseconds: delay.milliseconds))
            }
        }
        return (delays + gates).map { (point: $0.0, offset: $0.1, step: $0.2) }
    }

    private func told(_ parts: [Part], _ ends: [Int], _ cut: Int) -> MessageRecord? {
        var record = MessageRecord()
        var usage: JSONValue = [:]
        for (part, end) in zip(parts, ends) where end <= cut {
            guard let event = part.event else { return nil }
            guard record.observe(event, usage: &usage) else { return nil }
        }
        return record.id == nil ? nil : record
    }

    /// Cuts the body after every event and at every action; compresses it if asked to.
    private func segments(
        _ body: [UInt8], _ ends: [Int], _ placed: [(offset: Int, step: ResponsePlan.Step)]
    ) throws(ClaudeSimulatorError) -> [ResponsePlan.Step] {
        let compressor = scenario.wire.usesGzip ? try GzipCompressor() : nil
        let inner = (ends + placed.map(\.offset)).filter { $0 < body.count }
        let cuts = Set(inner + [0, body.count]).sorted()
        var steps: [ResponsePlan.Step] = []
        for (index, cut) in cuts.enumerated() {
            steps += placed.filter { $0.offset == cut }.map(\.step)
            guard index + 1 < cuts.count else { break }
            let piece = body[cut..<cuts[index + 1]]
            steps.append(.bytes(ByteBuffer(bytes: try compressor?.compress(piece) ?? Array(piece))))
        }
        // A body that breaks off never gets its compression trailer.
        if let compressor, terminal == .finish { steps.append(.bytes(ByteBuffer(bytes: try compressor.finish()))) }
        return steps
    }

    /// Cuts the bytes into chunks, without moving any across an action.
    private func chunked(_ steps: [ResponsePlan.Step]) -> [ResponsePlan.Step] {
        var sizes: any IteratorProtocol<Int>
        switch scenario.wire.chunking {
        case .perEvent: return steps
        case .whole: sizes = sequence(first: Int.max) { _ in .max }.makeIterator()
        case .sizes(let list): sizes = list.cycled().makeIterator()
        case .random(let maximum, let seed):
            var generator = SeededGenerator(seed: seed)
            sizes = AnyIterator { Int.random(in: 1...maximum, using: &generator) }
        }
        var result: [ResponsePlan.Step] = []
        var pending = ByteBuffer()
        func flush() {
            while pending.readableBytes > 0 {
                let size = min(sizes.next() ?? .max, pending.readableBytes)
                if let chunk = pending.readSlice(length: size) { result.append(.bytes(chunk)) }
            }
        }
        for step in steps {
            if case .bytes(var bytes) = step {
                pending.writeBuffer(&bytes)
            } else {
                flush()
                result.append(step)
            }
        }
        flush()
        return result
    }

    /// Puts the pauses of a slow drip before every chunk.
    private func dripping(_ steps: [ResponsePlan.Step]) -> [ResponsePlan.Step] {
        let pause = scenario.delays.filter { $0.at == nil }.reduce(0) { $0 + $1.milliseconds }
        guard pause > 0 else { return steps }
        return steps.flatMap { step in
            if case .bytes = step { [.delay(milliseconds: pause), step] } else { [step] }
        }
    }
}

extension Array {
    /// The elements, over and over.
    fileprivate func cycled() -> some Sequence<Element> {
        sequence(first: 0) { ($0 + 1) % count }.lazy.map { self[$0] }
    }
}
