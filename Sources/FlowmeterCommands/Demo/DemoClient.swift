internal import AsyncHTTPClient
internal import ClaudeSimulator
internal import NIOCore
internal import NIOHTTP1

/// Sends the demo's calls as a Claude client does: JSON over HTTP, with a customer's key.
struct DemoClient: Sendable {
    var http: HTTPClient
    var baseURL: String
    var secrets: [DemoCustomer: String]
    var simulator: ClaudeSimulator

    /// What a call came to, as its client saw it.
    struct Outcome: Encodable, Sendable, Hashable {
        var title: String
        var customer: String
        var session: String
        var status: Int
        /// `read`, `left`, or `broken`.
        var ending: String
        var bytes: Int
    }

    private static let bodyLimit = 16 << 20

    /// Makes one call and waits for its end.
    func perform(_ call: DemoCall) async throws -> Outcome {
        switch call.conduct {
        case .reads: try await read(call)
        case .leaves(let gate): try await leave(call, gate: gate)
        case .batches: try await batch(call)
        }
    }

    private func read(_ call: DemoCall) async throws -> Outcome {
        let response = try await http.execute(request(call), timeout: .seconds(30))
        var bytes = 0
        do {
            for try await chunk in response.body { bytes += chunk.readableBytes }
            return outcome(call, response, "read", bytes)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return outcome(call, response, "broken", bytes)
        }
    }

    /// Reads the first piece, and closes the connection while the upstream waits in the middle of its answer.
    private func leave(_ call: DemoCall, gate: String) async throws -> Outcome {
        let outcome = try await HTTPClient.withHTTPClient { impatient in
            let response = try await impatient.execute(request(call), timeout: .seconds(30))
            var bytes = 0
            for try await chunk in response.body {
                bytes += chunk.readableBytes
                break
            }
            try await simulator.gate(gate).waitForArrivals(1)
            return self.outcome(call, response, "left", bytes)
        }
        // The client is gone, its connection closed. Only now does the upstream go on.
        simulator.gate(gate).open()
        return outcome
    }

    private func batch(_ call: DemoCall) async throws -> Outcome {
        let created = try await json(request(call))
        guard let id = created["id"]?.text else {
            throw CommandError(
                "the gateway did not create the batch: \(created.serialized())", fix: "please report this as a bug")
        }
        var polls = 0
        while try await json(request(call, path: "/v1/messages/batches/\(id)", method: .GET))["processing_status"]?.text
            != "ended"
        {
            polls += 1
            guard polls < 100 else {
                throw CommandError("the batch does not end", fix: "please report this as a bug")
            }
        }
        let response = try await http.execute(
            request(call, path: "/v1/messages/batches/\(id)/results", method: .GET), timeout: .seconds(30))
        let body = try await response.body.collect(upTo: Self.bodyLimit)
        return outcome(call, response, "read", body.readableBytes)
    }

    private func json(_ request: HTTPClientRequest) async throws -> JSONValue {
        let response = try await http.execute(request, timeout: .seconds(30))
        return try JSONValue(parsing: try await response.body.collect(upTo: Self.bodyLimit).readableBytesView)
    }

    private func request(_ call: DemoCall, path: String? = nil, method: HTTPMethod = .POST) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: baseURL + (path ?? call.path))
        request.method = method
        request.headers.add(name: "x-api-key", value: secrets[call.customer] ?? "")
        request.headers.add(name: "anthropic-version", value: "2023-06-01")
        request.headers.add(name: "x-flowmeter-session", value: call.session)
        if let scenario = call.scenario {
            request.headers.add(name: "x-simulator-scenario", value: scenario.serialized())
        }
        if method == .POST {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: call.body.serialized()))
        }
        return request
    }

    private func outcome(_ call: DemoCall, _ response: HTTPClientResponse, _ ending: String, _ bytes: Int) -> Outcome {
        Outcome(
            title: call.title, customer: call.customer.rawValue, session: call.session,
            status: Int(response.status.code), ending: ending, bytes: bytes)
    }
}
