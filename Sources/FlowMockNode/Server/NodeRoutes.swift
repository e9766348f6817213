/// Finds and carries out the route of a request.
struct NodeRoutes {
    let node: MockAccessNode

    /// The route of a request, or `nil` when there is none.
    static func route(of request: NodeRequest) -> MockRoute? {
        guard request.path.first == "v1" else { return nil }
        let path = Array(request.path.dropFirst())
        switch (request.method, path.first, path.count) {
        case ("GET", "blocks", 1), ("GET", "blocks", 2): return .blocks
        case ("GET", "blocks", 3) where path[2] == "payload": return .blocks
        case ("POST", "transactions", 1): return .sendTransaction
        case ("GET", "transactions", 1), ("GET", "transactions", 2): return .transaction
        case ("GET", "transaction_results", 1), ("GET", "transaction_results", 2): return .transactionResult
        case ("GET", "collections", 2): return .collection
        case ("GET", "execution_results", 1), ("GET", "execution_results", 2): return .executionResult
        case ("POST", "scripts", 1): return .script
        case ("GET", "accounts", 2): return .account
        case ("GET", "accounts", 3) where path[2] == "balance": return .account
        case ("GET", "accounts", 3) where path[2] == "keys": return .accountKeys
        case ("GET", "accounts", 4) where path[2] == "keys": return .accountKeys
        case ("GET", "events", 1): return .events
        case ("GET", "network", 2) where path[1] == "parameters": return .networkParameters
        case ("GET", "node_version_info", 1): return .nodeVersion
        case ("GET", "ws", 1): return .socket
        default: return nil
        }
    }

    /// Answers a request, with the fault that waits for it.
    func answer(_ request: NodeRequest) async throws(CancellationError) -> NodeAnswer {
        guard let route = Self.route(of: request) else {
            return NodeAnswer(NodeFailure(status: 404, message: "404 page not found"))
        }
        if let latency = node.configuration.latency {
            do { try await node.configuration.clock.sleep(for: latency) } catch { throw CancellationError() }
        }
        let fault = node.meet(route)
        defer { node.activity.record(.request(route)) }
        switch fault {
        case .status(let status, let retryAfter):
            var answer = NodeAnswer(status: status, body: Array("upstream answered \(status)\n".utf8))
            answer.contentType = "text/plain"
            answer.retryAfter = retryAfter
            return answer
        case .refuse(let text): return NodeAnswer(NodeFailure.invalid(text))
        case .notFound: return NodeAnswer(NodeFailure.notFound("no known resource with ID \(request.path.last ?? "")"))
        case .dropRequest: return .dropped
        case .dropResponse:
            _ = perform(request, route)
            return .dropped
        case .duplicate:
            _ = perform(request, route)
            return perform(request, route)
        case .hang: return .hanging
        case .hangAfterwards:
            _ = perform(request, route)
            return .hanging
        case .cutBody:
            var answer = perform(request, route)
            answer.delivery = .cut
            return answer
        case .garbage:
            var answer = NodeAnswer(status: 200, body: Array("<html><body>It works!</body></html>".utf8))
            answer.contentType = "text/html"
            return answer
        case .cutEvents(let count): return perform(request, route, cutEvents: UInt64(max(0, count)))
        case .withhold: return perform(request, route, isWithheld: true)
        case .includeTwice: return perform(request, route, isRepeated: true)
        case nil: return perform(request, route)
        }
    }

    private func perform(
        _ request: NodeRequest, _ route: MockRoute, cutEvents: UInt64 = 0, isWithheld: Bool = false,
        isRepeated: Bool = false
    ) -> NodeAnswer {
        do throws(NodeFailure) {
            guard !request.isTooLarge else { throw NodeFailure(status: 413, message: "request body too large") }
            switch route {
            case .sendTransaction: return NodeAnswer(try send(request, isWithheld, isRepeated))
            case .script: return NodeAnswer(try runScript(request))
            default:
                return NodeAnswer(
                    try node.withChain { (chain) throws(NodeFailure) in
                        try ChainReader(chain: chain, cutEvents: cutEvents).read(request, route)
                    })
            }
        } catch {
            return NodeAnswer(error)
        }
    }

    private func send(_ request: NodeRequest, _ isWithheld: Bool, _ isRepeated: Bool) throws(NodeFailure) -> MockJSON {
        let transaction = try TransactionBody.parse(request.body)
        return try node.withChain { (chain) throws(NodeFailure) in
            let id = try chain.submit(transaction, isWithheld: isWithheld, isRepeated: isRepeated)
            if case .perTransaction = node.configuration.blocks { chain.settle() }
            return chain.json(transaction, id: id)
        }
    }

    /// The answer is a bare string, not the object that the interface's description says.
    private func runScript(_ request: NodeRequest) throws(NodeFailure) -> MockJSON {
        let (height, block) = try node.withChain { (chain) throws(NodeFailure) in
            let height = try ChainReader(chain: chain).stateHeight(request)
            return (height, chain.block(at: height)?.id ?? "")
        }
        let object = try StrictObject(
            try TransactionBody.json(request.body), named: "script", allowing: ["script", "arguments"])
        let code = String(decoding: try object.bytes("script"), as: UTF8.self)
        let arguments = try TransactionBody.texts(try object.list("arguments", isRequired: false), "arguments")
        if let failure = CadenceSource.failure(ofScript: code, arguments: arguments) {
            throw Self.scriptFailure(failure.code, failure.message, block)
        }
        let script = MockScript(
            code: code, arguments: arguments.map { String(decoding: $0, as: UTF8.self) }, height: height)
        switch node.configuration.scripts(script) {
        case .value(let value): return .string(Base64.encode(Array((value + "\n").utf8)))
        case .failure(let code, let message): throw Self.scriptFailure(code, message, block)
        }
    }

    private static func scriptFailure(_ code: Int, _ message: String, _ block: String) -> NodeFailure {
        .invalid(
            "failed to execute script: [Error Code: \(code)] failed to execute script at block (\(block)): "
                + "[Error Code: \(code)] error caused by: 1 error occurred:\n\t* [Error Code: \(code)] \(message)\n\n")
    }
}
