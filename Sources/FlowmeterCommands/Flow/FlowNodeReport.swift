internal import Flow

/// What an access node says of itself and its network.
struct FlowNodeReport: Sendable {
    var node: AccessNode
    /// The id of its chain, its software, and the latest sealed height; or why there is none of that.
    var answer: Result<(chain: String, version: String, sealed: UInt64), FlowError>

    /// Asks nodes at the same time, so that their heights can be compared.
    static func reports(on nodes: [AccessNode]) async throws -> [FlowNodeReport] {
        try await HTTPTransport.withTransport { transport in
            await withTaskGroup(of: (Int, FlowNodeReport).self) { group in
                for (number, node) in nodes.enumerated() {
                    group.addTask { (number, FlowNodeReport(node: node, answer: await answer(of: node, transport))) }
                }
                return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
            }
        }
    }

    private static func answer(
        of node: AccessNode, _ transport: HTTPTransport
    ) async -> Result<(chain: String, version: String, sealed: UInt64), FlowError> {
        do throws(FlowError) {
            let client = try FlowClient(
                nodes: [node], transport: transport, retries: RetryPolicy(attempts: 2, timeout: .seconds(5)))
            let chain = try await client.chainID()
            let version = try await client.nodeVersion().version
            return .success((chain, version, try await client.block(.latestSealed).height))
        } catch {
            return .failure(error)
        }
    }

    /// What is to be said about nodes, one finding each.
    static func findings(_ reports: [FlowNodeReport], _ network: FlowOptions.Network) -> [Finding] {
        // A node of another network has other heights.
        let heights = reports.compactMap { report -> UInt64? in
            if case .success(let answer) = report.answer, answer.chain == network.chain.id {
                answer.sealed
            } else {
                nil
            }
        }
        return reports.map { $0.finding(network, highest: heights.count > 1 ? heights.max() : nil) }
    }

    /// - Parameter highest: The highest sealed height of several nodes; `nil` when there is nothing to compare with.
    private func finding(_ network: FlowOptions.Network, highest: UInt64?) -> Finding {
        let name = "access node"
        switch answer {
        case .failure(let error):
            return .failed(
                name, error.message,
                fix: network == .emulator
                    ? "start one with 'flow emulator', or choose another network with --network"
                    : "check the network, or name another node with --access-node")
        case .success(let (chain, version, sealed)):
            var text = "\(node) answers: \(chain), \(version), sealed height \(sealed)"
            guard chain == network.chain.id else {
                return .failed(
                    name, text, fix: "it is of another network: choose it with --network, or another node")
            }
            guard let highest else { return .ok(name, text) }
            let lag = highest - sealed
            text += lag == 0 ? ", the highest" : ", \(lag) behind the highest"
            guard lag > AccessNodeState.tolerance else { return .ok(name, text) }
            return .warning(
                name, text,
                fix: "it stands still or is behind, and is asked only when no other node is well: name another one")
        }
    }
}
