/// Transactions as the access node's interface writes them.
enum TransactionBody {
    /// The body of `POST /transactions`.
    static func json(_ transaction: FlowTransaction) -> [UInt8] {
        var text = #"{"script":""# + Base64.encode(Array(transaction.script.utf8))
        text += #"","arguments":["#
        text += transaction.arguments.map { "\"\(Base64.encode($0))\"" }.joined(separator: ",")
        text += #"],"reference_block_id":"\#(transaction.referenceBlockID)","gas_limit":"\#(transaction.gasLimit)""#
        text += #","payer":"\#(transaction.payer.hex)""#
        let key = transaction.proposalKey
        text += #","proposal_key":{"address":"\#(key.address.hex)","key_index":"\#(key.keyIndex)""#
        text += #","sequence_number":"\#(key.sequenceNumber)"},"authorizers":["#
        text += transaction.authorizers.map { "\"\($0.hex)\"" }.joined(separator: ",")
        text += #"],"payload_signatures":["# + signatures(transaction.payloadSignatures)
        text += #"],"envelope_signatures":["# + signatures(transaction.envelopeSignatures) + "]}"
        return Array(text.utf8)
    }

    private static func signatures(_ signatures: [TransactionSignature]) -> String {
        signatures.map { signature in
            var text = #"{"address":"\#(signature.address.hex)","key_index":"\#(signature.keyIndex)""#
            text += #","signature":"\#(Base64.encode(signature.signature))""#
            if !signature.isPlain { text += #","extension_data":"\#(Base64.encode(signature.extensionData))""# }
            return text + "}"
        }.joined(separator: ",")
    }

    /// Reads a transaction of an answer or, with its strict rules, of a request.
    static func transaction(_ node: JSONNode) throws(FlowError) -> FlowTransaction {
        let key = try node["proposal_key"]
        return FlowTransaction(
            script: String(decoding: try node["script"].base64(), as: UTF8.self),
            encodedArguments: try list(node, "arguments") { (node) throws(FlowError) in try node.base64() },
            referenceBlockID: try node.optionalIdentifier("reference_block_id") ?? .zero,
            gasLimit: try node["gas_limit"].uint64(),
            proposalKey: ProposalKey(
                address: try key["address"].accountAddress(), keyIndex: try key["key_index"].uint32(),
                sequenceNumber: try key["sequence_number"].uint64()),
            payer: try node["payer"].accountAddress(),
            authorizers: try list(node, "authorizers") { (node) throws(FlowError) in try node.accountAddress() },
            payloadSignatures: try list(node, "payload_signatures", signature),
            envelopeSignatures: try list(node, "envelope_signatures", signature))
    }

    private static func signature(_ node: JSONNode) throws(FlowError) -> TransactionSignature {
        TransactionSignature(
            address: try node["address"].accountAddress(), keyIndex: try node["key_index"].uint32(),
            signature: try node["signature"].base64(),
            extensionData: try node.optional("extension_data").map { (node) throws(FlowError) in try node.base64() }
                ?? [])
    }

    /// A list that may be missing or `null`.
    private static func list<Element>(
        _ node: JSONNode, _ key: StaticString, _ transform: (JSONNode) throws(FlowError) -> Element
    ) throws(FlowError) -> [Element] {
        try node.optional(key)?.elements(transform) ?? []
    }
}
