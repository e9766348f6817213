/// Where contracts are on one network: what `import "Name"` means there.
public struct ContractAliases: Sendable, Hashable {
    /// The contracts' addresses by their names.
    public private(set) var addresses: [String: FlowAddress]

    /// Creates a table.
    public init(_ addresses: [String: FlowAddress] = [:]) { self.addresses = addresses }

    /// The address of a contract, if it is known.
    public subscript(name: String) -> FlowAddress? {
        get { addresses[name] }
        set { addresses[name] = newValue }
    }

    /// This table with another laid over it.
    public func merging(_ other: ContractAliases) -> ContractAliases {
        ContractAliases(addresses.merging(other.addresses) { $1 })
    }

    /// Reads the aliases of one network from a `flow.json`: those of `contracts` and `dependencies`, and the contracts
    /// that `deployments` puts onto an account of `accounts`.
    ///
    /// - Parameter network: The network's name in the file: `emulator`, `testing`, `testnet`, `mainnet`.
    public init(flowJSON bytes: [UInt8], network: String) throws(FlowError) {
        let root = try JSONDocument(bytes).root
        var found: [String: FlowAddress] = [:]
        for section in ["contracts", "dependencies"] as [StaticString] {
            try root.optional(section)?.forEachMember { (name, contract) throws(FlowError) in
                // A contract may also be just the path of its source.
                guard contract.kind == .object, let aliases = try contract.optional("aliases") else { return }
                try aliases.forEachMember { (alias, address) throws(FlowError) in
                    if try alias.string() == network {
                        found[try name.string()] = try FlowAddress(try address.string())
                    }
                }
            }
        }
        var accounts: [String: FlowAddress] = [:]
        try root.optional("accounts")?.forEachMember { (name, account) throws(FlowError) in
            guard let address = try account.optional("address") else { return }
            let text = try address.string()
            accounts[try name.string()] = text == "service" ? nil : try FlowAddress(text)
        }
        try root.optional("deployments")?.forEachMember { (name, deployment) throws(FlowError) in
            guard try name.string() == network else { return }
            try deployment.forEachMember { (account, contracts) throws(FlowError) in
                guard let address = accounts[try account.string()] else { return }
                try contracts.forEachElement { (contract) throws(FlowError) in
                    let name = contract.kind == .object ? try contract["name"].string() : try contract.string()
                    found[name] = address
                }
            }
        }
        addresses = found
    }
}
