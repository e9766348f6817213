internal import Claude
internal import Hummingbird
internal import Synchronization

/// `POST /v1/messages` and `POST /v1/messages/count_tokens`.
struct MessageRoutes {
    let responder: SimulatorResponder
    private var simulator: ClaudeSimulator { responder.simulator }

    init(responder: SimulatorResponder) { self.responder = responder }

    func create(_ exchange: Exchange, _ context: SimulatorContext) async throws -> Response {
        let parsed = Result { () throws(APIFailure) in
            try MessageRequest(
                responder.json(of: exchange), version: responder.version(of: exchange),
                models: simulator.configuration.models)
        }
        let lastText =
            switch parsed {
            case .success(let request): request.lastText
            case .failure: ""
            }
        let scenario = try scenario(of: exchange, lastText: lastText)
        var exchange = exchange
        exchange.requestID = scenario.requestID ?? exchange.requestID
        var served = exchange.served(status: 200, keepsBody: responder.keepsBodies)
        let planner = ResponsePlanner(scenario: scenario, requestID: exchange.requestID)
        if let raw = scenario.raw {
            return try await responder.perform(planner.raw(raw), exchange, served, context, headers: scenario.headers)
        }
        if let failure = scenario.failure {
            return try await responder.fail(exchange, failure, context, headers: scenario.headers)
        }
        let request = try parsed.get()
        let split = simulator.state.withLock {
            $0.cache.serve(request.blocks, model: request.model.id, now: simulator.configuration.clock.now)
        }
        var writer = AnswerWriter(request: request, scenario: scenario, split: split, generator: exchange.generator)
        let answer = writer.answer()
        served.kind = .message
        served.messageID = answer.id
        served.model = answer.model
        served.isStream = request.isStream
        let plan: ResponsePlan
        if request.isStream {
            let events = answer.events(scenario.wire)
            plan = try planner.stream(events)
            served.usage = Self.finalUsage(events)
        } else {
            plan = try planner.json(answer.json, told: answer.bodyRecord)
            served.usage = MessageUsage(wire: answer.finalUsage)
        }
        return try await responder.perform(plan, exchange, served, context, headers: scenario.headers)
    }

    func count(_ exchange: Exchange, _ context: SimulatorContext) async throws -> Response {
        let request = try MessageRequest(
            responder.json(of: exchange), version: responder.version(of: exchange),
            models: simulator.configuration.models, needsMaxTokens: false)
        return try await responder.send(exchange, json: ["input_tokens": .integer(request.promptTokens)], context)
    }

    /// The header's scenario, else the one in the last message, else the queue's or the default.
    private func scenario(of exchange: Exchange, lastText: String) throws(APIFailure) -> Scenario {
        if let text = exchange.header("x-simulator-scenario") { return try responder.parse(text) }
        if let text = Self.marker(in: lastText) { return try responder.parse(text) }
        return simulator.state.withLock { $0.nextScenario() }
    }

    /// The text between `[[simulate:` and the next `]]`.
    static func marker(in text: String) -> String? {
        guard let start = text.firstRange(of: "[[simulate:") else { return nil }
        let rest = text[start.upperBound...]
        guard let end = rest.firstRange(of: "]]") else { return nil }
        return String(rest[..<end.lowerBound])
    }

    /// What the whole stream would have told.
    private static func finalUsage(_ events: [StreamEvent]) -> MessageUsage? {
        var record = MessageRecord()
        var usage: JSONValue = [:]
        for event in events { guard record.observe(event, usage: &usage) else { return nil } }
        return record.usage
    }
}
