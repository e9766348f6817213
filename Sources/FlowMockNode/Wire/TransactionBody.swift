internal import ChainPrimitives

/// The body of `POST /v1/transactions` (flow-go `engine/access/rest/common/parser/transaction.go`).
enum TransactionBody {
    private static let fields: Set<String> = [
        "script", "arguments", "reference_block_id", "gas_limit", "payer", "proposal_key", "authorizers",
        "payload_signatures", "envelope_signatures",
    ]

    static func parse(_ body: [UInt8]) throws(NodeFailure) -> MockTransaction {
        let object = try StrictObject(try json(body), named: "transaction", allowing: fields)
        let proposal = try StrictObject(
            try object.object("proposal_key"), named: "proposal_key",
            allowing: ["address", "key_index", "sequence_number"])
        let arguments = try object.list("arguments", isRequired: false)
        guard arguments.count <= 100 else { throw .bad("too many arguments. Maximum arguments allowed: 100") }
        let authorizers = try object.list("authorizers", isRequired: false)
        guard authorizers.count <= 100 else { throw .bad("too many authorizers. Maximum authorizers allowed: 100") }
        let envelope = try signatures(object, "envelope_signatures")
        guard !envelope.isEmpty else { throw .bad("envelope_signatures: is required") }
        return MockTransaction(
            script: try object.bytes("script"), arguments: try texts(arguments, "arguments"),
            referenceBlockID: try id(object.text("reference_block_id"), "reference_block_id"),
            gasLimit: try object.number("gas_limit"), proposer: try proposal.address("address"),
            proposalKeyIndex: try proposal.number("key_index"),
            sequenceNumber: try proposal.number("sequence_number"), payer: try object.address("payer"),
            authorizers: try addresses(authorizers), payloadSignatures: try signatures(object, "payload_signatures"),
            envelopeSignatures: envelope)
    }

    static func json(_ body: [UInt8]) throws(NodeFailure) -> MockJSON {
        guard !body.isEmpty else { throw .bad("Request body must not be empty") }
        do {
            return try MockJSONParser.parse(body)
        } catch {
            throw .bad("Request body contains badly-formed JSON (at position \(error.offset)): \(error.message)")
        }
    }

    /// 64 hexadecimal digits.
    static func id(_ text: String, _ name: String) throws(NodeFailure) -> [UInt8] {
        do {
            let bytes = try Hex.decode(text)
            if bytes.count == 32 { return bytes }
        } catch {
            // lint: dropped. Reported below, like a wrong length.
        }
        throw .bad("\(name): invalid ID format")
    }

    static func texts(_ list: [MockJSON], _ name: String) throws(NodeFailure) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        for element in list {
            guard let text = element.text, let bytes = Base64.decode(text) else {
                throw .bad("\(name): invalid base64 encoding")
            }
            texts.append(bytes)
        }
        return texts
    }

    private static func addresses(_ list: [MockJSON]) throws(NodeFailure) -> [MockAddress] {
        var addresses: [MockAddress] = []
        for element in list {
            guard let address = element.text.flatMap(MockAddress.init) else {
                throw .bad("authorizers: invalid address")
            }
            addresses.append(address)
        }
        return addresses
    }

    private static func signatures(
        _ object: StrictObject, _ name: String
    ) throws(NodeFailure) -> [MockTransaction.Signature] {
        var signatures: [MockTransaction.Signature] = []
        for element in try object.list(name, isRequired: false) {
            let fields = try StrictObject(
                element, named: name, allowing: ["address", "key_index", "signature", "extension_data"])
            let bytes = try fields.bytes("signature")
            signatures.append(
                MockTransaction.Signature(
                    address: try fields.address("address"), keyIndex: try fields.number("key_index"), signature: bytes,
                    extensionData: try fields.optionalBytes("extension_data")))
        }
        return signatures
    }
}
