/// The routes of the node, for faults and counts.
public enum MockRoute: String, Sendable, Hashable, CaseIterable {
    /// `GET /v1/blocks` and what is under it.
    case blocks
    /// `POST /v1/transactions`.
    case sendTransaction
    /// `GET /v1/transactions/{id}` and the transactions of a block.
    case transaction
    /// `GET /v1/transaction_results/{id}` and the results of a block.
    case transactionResult
    /// `GET /v1/collections/{id}`.
    case collection
    /// `GET /v1/execution_results` and one of them.
    case executionResult
    /// `POST /v1/scripts`.
    case script
    /// `GET /v1/accounts/{address}`, and its balance.
    case account
    /// `GET /v1/accounts/{address}/keys` and one key.
    case accountKeys
    /// `GET /v1/events`.
    case events
    /// `GET /v1/network/parameters`.
    case networkParameters
    /// `GET /v1/node_version_info`.
    case nodeVersion
    /// `GET /v1/ws`: the upgrade to a WebSocket.
    case socket
}
