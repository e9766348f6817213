/// An error answer of the REST interface.
struct NodeFailure: Error {
    var status: Int
    var message: String

    /// A request that cannot be read.
    static func bad(_ message: String) -> NodeFailure { NodeFailure(status: 400, message: message) }

    /// A request that reads well, but that the node refuses.
    static func invalid(_ message: String) -> NodeFailure {
        NodeFailure(status: 400, message: "Invalid Flow argument: \(message)")
    }

    /// A transaction that the node refuses (flow-go `engine/access/rpc/backend/transactions`).
    static func invalidTransaction(_ message: String) -> NodeFailure { .invalid("invalid transaction: \(message)") }

    static func notFound(_ message: String) -> NodeFailure {
        NodeFailure(status: 404, message: "Flow resource not found: \(message)")
    }

    /// A request without the headers that the node wants.
    static let unauthorized = NodeFailure(status: 401, message: "Unauthorized")

    /// The body, with the names and the order that the node uses.
    var body: MockJSON { ["code": .number(String(status)), "message": .string(message)] }
}
