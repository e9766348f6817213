internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Thrown to make the server drop a connection in the middle of a response.
private struct ConnectionDropped: Error {}

extension SimulatorResponder {
    /// Answers with a JSON body that is not a message.
    func send(_ exchange: Exchange, json: JSONValue, _ context: SimulatorContext) async throws -> Response {
        let plan = try ResponsePlanner(scenario: Scenario(), requestID: exchange.requestID).json(json, told: nil)
        return try await perform(plan, exchange, exchange.served(status: 200, keepsBody: keepsBodies), context)
    }

    /// Answers with an error in the API's shape.
    func fail(
        _ exchange: Exchange, _ failure: APIFailure, _ context: SimulatorContext, headers: [String: String] = [:]
    ) async throws -> Response {
        var plan = try ResponsePlanner(scenario: Scenario(), requestID: exchange.requestID)
            .json(failure.json(requestID: exchange.requestID), told: nil)
        plan.status = failure.status
        var extra = headers
        if let seconds = failure.retryAfter { extra["retry-after"] = String(seconds) }
        let served = exchange.served(status: failure.status, keepsBody: keepsBodies)
        return try await perform(plan, exchange, served, context, headers: extra)
    }

    /// Carries out a plan, and records how far it got.
    func perform(
        _ plan: ResponsePlan, _ exchange: Exchange, _ served: ServedResponse, _ context: SimulatorContext,
        headers extra: [String: String] = [:]
    ) async throws -> Response {
        var served = served
        served.status = plan.status
        served.told = plan.told
        served.body = keepsBodies ? plan.body : []
        let record = served
        let ticket = simulator.state.withLock { $0.begin(record) }
        do {
            for step in plan.beforeHead { try await wait(step) }
        } catch {
            simulator.state.withLock { $0.finish(ticket, .broken) }
            throw error
        }
        let body = ResponseBody(contentLength: plan.contentLength) { [self] writer in
            do {
                for step in plan.steps {
                    switch step {
                    case .bytes(let bytes):
                        try await writer.write(bytes)
                        try await settle(context.channel)
                    case .gate, .delay: try await wait(step)
                    case .finish: try await writer.finish(nil)
                    case .truncate, .reset:
                        simulator.state.withLock { $0.finish(ticket, .sent) }
                        if step == .reset { await reset(context.channel) }
                        throw ConnectionDropped()
                    }
                }
                simulator.state.withLock { $0.finish(ticket, .sent) }
            } catch let dropped as ConnectionDropped {
                throw dropped
            } catch {
                simulator.state.withLock { $0.finish(ticket, .broken) }
                throw error
            }
        }
        return Response(
            status: HTTPResponse.Status(code: plan.status, reasonPhrase: plan.status == 200 ? "OK" : ""),
            headers: fields(plan, exchange, extra), body: body)
    }

    var keepsBodies: Bool { simulator.configuration.recordsBodies }

    private func wait(_ step: ResponsePlan.Step) async throws {
        switch step {
        case .gate(let name): try await simulator.gate(name).pass()
        case .delay(let milliseconds): try await Task.sleep(for: .milliseconds(milliseconds))
        default: break
        }
    }

    /// Waits until the connection has tried to send what it was given.
    ///
    /// The writer takes bytes without waiting while the connection was last seen to be writable: on a busy machine it
    /// would take a whole response after the client has left, and that would pass for sent.
    private func settle(_ channel: any Channel) async throws { try await channel.eventLoop.submit {}.get() }

    /// Makes the coming close of the connection a reset: with a linger time of 0, TCP sends RST instead of FIN.
    private func reset(_ channel: any Channel) async {
        guard let socket = channel as? any SocketOptionProvider else { return }
        do {
            try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            try await channel.close().get()
        } catch {
            // lint: dropped. The client has closed the connection already: there is nothing left to reset.
        }
    }

    private func fields(_ plan: ResponsePlan, _ exchange: Exchange, _ extra: [String: String]) -> HTTPFields {
        var fields = HTTPFields()
        var all = [
            ("content-type", plan.contentType), ("request-id", exchange.requestID),
            ("anthropic-organization-id", "00000000-0000-4000-8000-00000000c1a0"),
        ]
        all += RateLimit.headers(now: simulator.configuration.clock.now)
        if plan.contentLength == nil { all.append(("cache-control", "no-cache")) }
        if plan.isGzip { all.append(("content-encoding", "gzip")) }
        all += extra.sorted { $0.key < $1.key }
        for (name, value) in all {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return fields
    }
}

/// The rate-limit headers of a standing that never changes.
enum RateLimit {
    static func headers(now: Int64) -> [(String, String)] {
        let reset = rfc3339(milliseconds: now + 1_000)
        let limits = [
            ("requests", 4_000), ("input-tokens", 2_000_000), ("output-tokens", 400_000), ("tokens", 2_400_000),
        ]
        return limits.flatMap { name, limit in
            [
                ("anthropic-ratelimit-\(name)-limit", String(limit)),
                ("anthropic-ratelimit-\(name)-remaining", String(limit - 1)),
                ("anthropic-ratelimit-\(name)-reset", reset),
            ]
        }
    }
}

extension APIFailure {
    /// The error body.
    func json(requestID: String) -> JSONValue {
        var error: JSONValue = ["type": .string(type), "message": .string(message)]
        if let errorCode { error["details"] = ["error_code": .string(errorCode)] }
        return ["type": "error", "error": error, "request_id": .string(requestID)]
    }
}
