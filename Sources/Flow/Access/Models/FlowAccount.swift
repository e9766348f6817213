/// An account.
public struct FlowAccount: Sendable, Hashable {
    /// The address.
    public var address: FlowAddress
    /// The balance in FLOW.
    public var balance: UFix64
    /// The keys; empty unless they were asked for.
    public var keys: [AccountKey]
    /// The contracts' sources by their names; empty unless they were asked for.
    public var contracts: [String: String]

    /// Creates an account, as tests want it.
    public init(
        address: FlowAddress, balance: UFix64 = .zero, keys: [AccountKey] = [], contracts: [String: String] = [:]
    ) {
        self.address = address
        self.balance = balance
        self.keys = keys
        self.contracts = contracts
    }

    init(_ node: JSONNode) throws(FlowError) {
        address = try node["address"].accountAddress()
        balance = UFix64(scaled: try node["balance"].uint64())
        keys = try node.optional("keys").map { (node) throws(FlowError) in try AccountKey.list(node) } ?? []
        var contracts: [String: String] = [:]
        try node.optional("contracts")?.forEachMember { (name, code) throws(FlowError) in
            contracts[try name.string()] = String(decoding: try code.base64(), as: UTF8.self)
        }
        self.contracts = contracts
    }
}

extension AccountKey {
    /// Reads a key as the access node writes it.
    init(_ node: JSONNode) throws(FlowError) {
        guard let algorithm = SignatureAlgorithm(name: try node["signing_algorithm"].string()),
            let hash = HashAlgorithm(name: try node["hashing_algorithm"].string())
        else { throw node.bad("a key on P-256 or secp256k1 with SHA-2 or SHA-3") }
        self.init(
            index: try node["index"].uint32(),
            publicKey: try FlowPublicKey(algorithm, hex: try node["public_key"].string()), hashAlgorithm: hash,
            weight: try node["weight"].uint32(), sequenceNumber: try node["sequence_number"].uint64(),
            isRevoked: try node["revoked"].bool())
    }

    static func list(_ node: JSONNode) throws(FlowError) -> [AccountKey] {
        try node.elements { (node) throws(FlowError) in try AccountKey(node) }
    }
}
