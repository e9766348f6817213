internal import Claude
internal import Hummingbird
internal import Synchronization

/// `/v1/messages/batches` and what is below it.
struct BatchRoutes {
    let responder: SimulatorResponder
    private var simulator: ClaudeSimulator { responder.simulator }
    private var now: Int64 { simulator.configuration.clock.now }

    init(responder: SimulatorResponder) { self.responder = responder }

    /// Whether a method is known for a path below `messages/batches`.
    static func allows(_ method: String, _ path: [String]) -> Bool {
        switch path.count {
        case 3: method == "GET" || method == "DELETE"
        case 4 where path[3] == "cancel": method == "POST"
        case 4 where path[3] == "results": method == "GET"
        default: true
        }
    }

    func respond(to exchange: Exchange, _ context: SimulatorContext) async throws -> Response {
        let version = try responder.version(of: exchange)
        let path = Array(exchange.path.dropFirst(3))
        switch (path.count, exchange.method, path.last ?? "") {
        case (0, "POST", _): return try await create(exchange, version, context)
        case (0, _, _):
            let batches = simulator.state.withLock { $0.batches }.reversed()
            let page = try Page(exchange.query).object(batches.map { ($0.id, $0.json(origin: origin(exchange))) })
            return try await responder.send(exchange, json: page, context)
        case (1, "GET", _):
            let batch = try change(path[0]) { batch throws(APIFailure) in _ = batch.poll(now: now) }
            return try await responder.send(exchange, json: batch.json(origin: origin(exchange)), context)
        case (1, _, _): return try await delete(path[0], exchange, context)
        case (2, _, "cancel"):
            let batch = try change(path[0]) { batch throws(APIFailure) in
                guard batch.ended == nil else { throw .invalid("Batch \(batch.id) has already ended") }
                batch.cancelInitiated = batch.cancelInitiated ?? now
                batch.pollsLeft = min(batch.pollsLeft, 1)
            }
            return try await responder.send(exchange, json: batch.json(origin: origin(exchange)), context)
        case (2, _, "results"): return try await results(path[0], exchange, context)
        default: throw APIFailure(status: 404)
        }
    }

    // MARK: Routes

    private func create(_ exchange: Exchange, _ version: String, _ context: SimulatorContext) async throws -> Response {
        let json = try responder.json(of: exchange)
        guard let requests = json["requests"]?.elements else { throw APIFailure.invalid("requests: Field required") }
        guard !requests.isEmpty, requests.count <= 100_000 else {
            throw APIFailure.invalid("requests: Input should have between 1 and 100000 items")
        }
        var exchange = exchange
        let id = exchange.generator.identifier("msgbatch_01")
        var items: [Batch.Item] = []
        var seen: Set<String> = []
        for (index, request) in requests.enumerated() {
            let customID = request["custom_id"]?.text ?? ""
            guard (1...64).contains(customID.utf8.count), customID.utf8.allSatisfy(\.isCustomIDByte) else {
                throw APIFailure.invalid("requests.\(index).custom_id: String should match '^[a-zA-Z0-9_-]{1,64}$'")
            }
            guard seen.insert(customID).inserted else {
                throw APIFailure.invalid("requests.\(index).custom_id: duplicate custom_id \(customID)")
            }
            items.append(item(customID, request["params"] ?? nil, batch: id, &exchange, version))
        }
        let scenario = try exchange.header("x-simulator-scenario").map(responder.parse) ?? simulator.fallbackScenario
        var batch = Batch(id: id, created: now, items: items, pollsLeft: scenario.batchPolls ?? 1)
        if batch.pollsLeft <= 0 { batch.end(now: now) }
        let created = batch
        simulator.state.withLock { state in
            state.batches.append(created)
            if created.ended != nil { state.record(created) }
        }
        return try await responder.send(exchange, json: batch.json(origin: origin(exchange)), context)
    }

    private func delete(_ id: String, _ exchange: Exchange, _ context: SimulatorContext) async throws -> Response {
        _ = try change(id) { batch throws(APIFailure) in
            guard batch.ended != nil else {
                throw .invalid("Batch \(id) cannot be deleted while it is processing; cancel it first")
            }
        }
        simulator.state.withLock { state in state.batches.removeAll { $0.id == id } }
        let json: JSONValue = ["id": .string(id), "type": "message_batch_deleted"]
        return try await responder.send(exchange, json: json, context)
    }

    private func results(_ id: String, _ exchange: Exchange, _ context: SimulatorContext) async throws -> Response {
        let batch = try change(id) { _ throws(APIFailure) in }
        guard batch.ended != nil else {
            throw APIFailure(status: 404, message: "Batch \(id) has no results yet: it is still processing")
        }
        var scenario = Scenario()
        if let text = exchange.header("x-simulator-scenario") { scenario = try responder.parse(text) }
        let raw = Scenario.RawBody(contentType: "application/x-jsonl", bytes: Array(batch.results.utf8))
        let plan = try ResponsePlanner(scenario: scenario, requestID: exchange.requestID).raw(raw)
        let served = exchange.served(status: 200, keepsBody: responder.keepsBodies)
        return try await responder.perform(plan, exchange, served, context, headers: scenario.headers)
    }

    // MARK: Parts

    /// Changes a batch and returns it as it is then; records its messages when it ended by that.
    private func change(
        _ id: String, _ body: (inout Batch) throws(APIFailure) -> Void
    ) throws(APIFailure) -> Batch {
        let result = simulator.state.withLock { state -> Result<Batch, APIFailure> in
            guard let index = state.batches.firstIndex(where: { $0.id == id }) else {
                return .failure(APIFailure(status: 404, message: "Batch \(id) not found"))
            }
            let wasOver = state.batches[index].ended != nil
            do throws(APIFailure) {
                try body(&state.batches[index])
            } catch {
                return .failure(error)
            }
            if !wasOver, state.batches[index].ended != nil { state.record(state.batches[index]) }
            return .success(state.batches[index])
        }
        return try result.get()
    }

    private func item(
        _ customID: String, _ params: JSONValue, batch: String, _ exchange: inout Exchange, _ version: String
    ) -> Batch.Item {
        do {
            return try processed(customID, params, batch: batch, &exchange, version)
        } catch {
            let body = error.json(requestID: exchange.generator.identifier("req_011C"))
            return Batch.Item(
                customID: customID, outcome: .errored, result: ["type": "errored", "error": body], served: nil)
        }
    }

    private func processed(
        _ customID: String, _ params: JSONValue, batch: String, _ exchange: inout Exchange, _ version: String
    ) throws(APIFailure) -> Batch.Item {
        let request = try MessageRequest(params, version: version, models: simulator.configuration.models)
        let scenario = try MessageRoutes.marker(in: request.lastText).map(responder.parse) ?? Scenario()
        if let failure = scenario.failure { throw failure }
        switch scenario.batchOutcome {
        case .errored: throw APIFailure(status: 500)
        case .canceled, .expired:
            let type = scenario.batchOutcome
            return Batch.Item(
                customID: customID, outcome: type, result: ["type": .string(type.rawValue)], served: nil)
        case .succeeded: break
        }
        let split = simulator.state.withLock { $0.cache.serve(request.blocks, model: request.model.id, now: now) }
        var writer = AnswerWriter(
            request: request, scenario: scenario, split: split, generator: exchange.generator, isBatch: true)
        let answer = writer.answer()
        exchange.generator = writer.generator
        var served = exchange.served(status: 200, keepsBody: false)
        served.kind = .batchResult
        served.messageID = answer.id
        served.model = answer.model
        served.usage = MessageUsage(wire: answer.finalUsage)
        served.told = answer.bodyRecord
        served.batchID = batch
        served.customID = customID
        served.progress = .sent
        return Batch.Item(
            customID: customID, outcome: .succeeded, result: ["type": "succeeded", "message": answer.json],
            served: served)
    }

    private func origin(_ exchange: Exchange) -> String {
        "http://\(exchange.host ?? "\(simulator.configuration.host):\(simulator.port)")"
    }
}

extension SimulatorState {
    /// Puts the succeeded requests of an ended batch on record.
    mutating func record(_ batch: Batch) {
        for var response in batch.items.compactMap(\.served) {
            response.sequence = served.count
            served.append(response)
        }
    }
}

extension ClaudeSimulator {
    /// The scenario of requests that bring none.
    var fallbackScenario: Scenario { state.withLock { $0.fallback } }
}

extension UInt8 {
    /// Whether the byte is allowed in a `custom_id`.
    fileprivate var isCustomIDByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
