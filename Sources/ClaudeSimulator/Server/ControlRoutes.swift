internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// `/__simulator/…`: what tests in other processes use instead of the methods of ``ClaudeSimulator``.
struct ControlRoutes {
    let simulator: ClaudeSimulator

    func respond(to exchange: Exchange, _ request: Request) async throws -> Response {
        let path = Array(exchange.path.dropFirst())
        do {
            switch (exchange.method, path.first ?? "", path.count) {
            case ("GET", "health", 1): return answer("ok\n")
            case ("GET", "served", 1):
                return answer(simulator.served.map { $0.json.serialized() + "\n" }.joined())
            case ("GET", "served", 3) where path[2] == "body": return bytes(path[1], \.body)
            case ("GET", "served", 3) where path[2] == "request": return bytes(path[1], \.requestBody)
            case ("POST", "reset", 1):
                simulator.reset()
                return answer("reset\n")
            case ("POST", "queue", 1):
                let json = try await json(request)
                for element in json.elements ?? [json] { simulator.enqueue(try Scenario(json: element)) }
                return answer("queued\n")
            case ("POST", "default", 1):
                simulator.setDefault(try Scenario(json: try await json(request)))
                return answer("set\n")
            case ("POST", "gates", 3) where path[2] == "open":
                simulator.gate(path[1]).open()
                return answer("open\n")
            case ("POST", "gates", 3) where path[2] == "release":
                simulator.gate(path[1]).release()
                return answer("released\n")
            case ("GET", "gates", 2):
                // Answers once so many responses have arrived at the gate.
                try await simulator.gate(path[1]).waitForArrivals(Int(exchange.query["arrivals"] ?? "0") ?? 0)
                return answer("\(simulator.gate(path[1]).arrivals)\n")
            default: return answer("no such control route\n", .notFound)
            }
        } catch let error as ClaudeSimulatorError {
            return answer("\(error)\n", .badRequest)
        }
    }

    private func json(_ request: Request) async throws -> JSONValue {
        try JSONValue(parsing: Array(buffer: try await request.body.collect(upTo: 64 * 1024 * 1024)))
    }

    private func bytes(_ sequence: String, _ part: KeyPath<ServedResponse, [UInt8]>) -> Response {
        let served = simulator.served
        guard let index = Int(sequence), served.indices.contains(index) else {
            return answer("no such response\n", .notFound)
        }
        return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(bytes: served[index][keyPath: part])))
    }

    private func answer(_ text: String, _ status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
