/// A collection: transactions that were guaranteed together.
public struct FlowCollection: Sendable, Hashable {
    /// The id.
    public var id: FlowIdentifier
    /// The transactions' ids.
    public var transactionIDs: [FlowIdentifier]
    /// The transactions themselves, if they were asked for; otherwise empty.
    public var transactions: [FlowTransaction]

    /// Creates a collection, as tests want it.
    public init(
        id: FlowIdentifier, transactionIDs: [FlowIdentifier], transactions: [FlowTransaction] = []
    ) {
        self.id = id
        self.transactionIDs = transactionIDs
        self.transactions = transactions
    }

    init(_ node: JSONNode) throws(FlowError) {
        id = try node["id"].identifier()
        var ids: [FlowIdentifier] = []
        var transactions: [FlowTransaction] = []
        try node.optional("transactions")?.forEachElement { (node) throws(FlowError) in
            // Not computed: of the chain's own transactions the id says more than their content.
            ids.append(try node["id"].identifier())
            transactions.append(try TransactionBody.transaction(node))
        }
        // Not expanded, they are paths: /v1/transactions/<id>.
        try node.optional("_expandable")?.optional("transactions")?.forEachElement { (node) throws(FlowError) in
            guard let last = try node.string().split(separator: "/").last else { throw node.bad("a path with an id") }
            ids.append(try FlowIdentifier(last))
        }
        transactionIDs = ids
        self.transactions = transactions
    }
}
