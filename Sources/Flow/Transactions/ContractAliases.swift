/// Where contracts are on one network: what `import "Name"` means there.
public struct ContractAliases: Sendable, Hashable {
    /// The contracts' addresses by their names.
    public private(set) var addresses: [String: FlowAddress]
    /// What contracts are called on chain that a `flow.json` knows by another name (its `canonical`).
    public var canonicalNames: [String: String] = [:]

    /// Creates a table.
    public init(_ addresses: [String: FlowAddress] = [:]) { self.addresses = addresses }

    /// The address of a contract, if it is known.
    public subscript(name: String) -> FlowAddress? {
        get { addresses[name] }
        set { addresses[name] = newValue }
    }

    /// This table with another laid over it.
    public func merging(_ other: ContractAliases) -> ContractAliases {
        var merged = ContractAliases(addresses.merging(other.addresses) { $1 })
        merged.canonicalNames =
            canonicalNames.filter { other[$0.key] == nil }.merging(other.canonicalNames) { $1 }
        return merged
    }

    /// The id of a contract's type on this network: `Billing.Settled` becomes `A.f8d6e0586b0a20c7.Billing.Settled`.
    ///
    /// An id that says where its type is, and one of a built-in type, stay as they are.
    ///
    /// - Throws: ``FlowError/Code/invalidInput`` for a contract without an alias.
    public func typeID(of name: String) throws(FlowError) -> String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] != "flow" else { return name }
        let contract = String(parts[0])
        guard let address = self[contract] else { throw Self.unknown(contract) }
        return "A.\(address.hex).\(canonicalNames[contract] ?? contract).\(parts[1])"
    }

    /// The error for a contract that has no address here.
    static func unknown(_ contract: String) -> FlowError {
        FlowError(
            .invalidInput, "there is no address for the contract '\(contract.prefix(80))': add an alias for it")
    }

    /// Reads the aliases of one network from a `flow.json`: those of `contracts` and `dependencies`, the addresses that
    /// dependencies come from, and the contracts that `deployments` puts onto an account of `accounts`.
    ///
    /// - Parameter network: The network's name in the file: `emulator`, `testing`, `testnet`, `mainnet`.
    /// - Throws: ``FlowError/Code/malformedJSON``, or ``FlowError/Code/invalidInput`` for an address of this network that is
    ///   none, or is a variable of the environment. Other networks' addresses are not looked at.
    public init(flowJSON bytes: [UInt8], network: String) throws(FlowError) {
        let root = try JSONDocument(bytes).root
        var aliases = ContractAliases()
        try root.optional("dependencies")?.forEachMember { (name, dependency) throws(FlowError) in
            let source = dependency.kind == .string ? dependency : try dependency.optional("source")
            aliases[try name.string()] = try source.flatMap { (source) throws(FlowError) in
                try Self.origin(try source.string(), on: network)
            }
        }
        for section in ["contracts", "dependencies"] as [StaticString] {
            try root.optional(section)?.forEachMember { (name, contract) throws(FlowError) in
                // A contract may also be just the path of its source.
                guard contract.kind == .object else { return }
                let name = try name.string()
                if let canonical = try contract.optional("canonical") {
                    aliases.canonicalNames[name] = try canonical.string()
                }
                try contract.optional("aliases")?.forEachMember { (alias, address) throws(FlowError) in
                    if try alias.string() == network { aliases[name] = try FlowAddress(try address.string()) }
                }
            }
        }
        var accounts: [String: String] = [:]
        try root.optional("accounts")?.forEachMember { (name, account) throws(FlowError) in
            accounts[try name.string()] = try account.optional("address")?.string()
        }
        try root.optional("deployments")?.forEachMember { (name, deployment) throws(FlowError) in
            guard try name.string() == network else { return }
            try deployment.forEachMember { (account, contracts) throws(FlowError) in
                guard let address = accounts[try account.string()], address != "service" else { return }
                let deployed = try FlowAddress(address)
                try contracts.forEachElement { (contract) throws(FlowError) in
                    let name = contract.kind == .object ? try contract["name"].string() : try contract.string()
                    aliases[name] = deployed
                }
            }
        }
        self = aliases
    }

    /// The address in a dependency's source, `mainnet://1654653399040a61.FlowToken`, if it is on that network.
    private static func origin(_ source: String, on network: String) throws(FlowError) -> FlowAddress? {
        let prefix = network + "://"
        guard source.hasPrefix(prefix) else { return nil }
        return try FlowAddress(source.dropFirst(prefix.count).prefix { $0 != "." })
    }
}
