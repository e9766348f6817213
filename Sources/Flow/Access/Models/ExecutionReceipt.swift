/// An execution node's word that a block has a result.
public struct ExecutionReceipt: Sendable, Hashable {
    /// The execution node.
    public var executorID: FlowIdentifier
    /// The result.
    public var resultID: FlowIdentifier
    /// The execution node's signature.
    public var executorSignature: [UInt8]
    /// The result itself, if it was asked for.
    public var executionResult: ExecutionResult?

    /// Creates a receipt, as tests want it.
    public init(
        executorID: FlowIdentifier, resultID: FlowIdentifier, executorSignature: [UInt8] = [],
        executionResult: ExecutionResult? = nil
    ) {
        self.executorID = executorID
        self.resultID = resultID
        self.executorSignature = executorSignature
        self.executionResult = executionResult
    }

    init(_ node: JSONNode) throws(FlowError) {
        executorID = try node["executor_id"].identifier()
        executionResult =
            try node.optional("execution_result").map { (node) throws(FlowError) in try ExecutionResult(node) }
        resultID =
            if let executionResult { executionResult.id } else { try node["result_id"].identifier() }
        executorSignature =
            try node.optional("executor_signature").map { (node) throws(FlowError) in try node.base64() } ?? []
    }
}
