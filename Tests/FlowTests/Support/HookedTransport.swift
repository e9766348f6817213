@testable import Flow

/// Lets a test answer in a node's place, before or after the node has.
final class HookedTransport: AccessTransport {
    /// What a test does with a request: it may pass it on, and answer whatever it likes.
    typealias Hook =
        @Sendable (AccessRequest, () async throws(FlowError) -> AccessResponse) async throws(FlowError) ->
        AccessResponse

    private let base: any AccessTransport
    private let hook: Hook

    init(_ base: any AccessTransport, _ hook: @escaping Hook) {
        self.base = base
        self.hook = hook
    }

    func send(
        _ request: AccessRequest, to node: AccessNode, timeout: Duration
    ) async throws(FlowError) -> AccessResponse {
        let base = base
        return try await hook(request) { () throws(FlowError) in
            try await base.send(request, to: node, timeout: timeout)
        }
    }
}

extension ChainHarness {
    /// The same chain, seen through a hook.
    func hooked(_ hook: @escaping HookedTransport.Hook) throws -> ChainHarness {
        ChainHarness(
            node: node,
            client: try FlowClient(
                nodes: client.nodes, transport: HookedTransport(client.transport, hook), retries: client.retries,
                clock: clock),
            clock: clock)
    }
}

extension AccessRequest {
    var isSending: Bool { body != nil && path == "/transactions" }
    var isForResult: Bool { path.hasPrefix("/transaction_results/") }
}
