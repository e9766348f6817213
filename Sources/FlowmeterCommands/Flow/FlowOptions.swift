internal import ArgumentParser
internal import Flow

/// Which network is asked, and through which access nodes.
struct FlowOptions: ParsableArguments {
    /// The networks with names.
    enum Network: String, CaseIterable, ExpressibleByArgument, Sendable {
        case emulator, testnet, mainnet

        var chain: FlowChain {
            switch self {
            case .emulator: .emulator
            case .testnet: .testnet
            case .mainnet: .mainnet
            }
        }

        var node: AccessNode {
            switch self {
            case .emulator: .emulator
            case .testnet: .testnet
            case .mainnet: .mainnet
            }
        }
    }

    @Option(help: "The network: emulator, testnet or mainnet. Default: $FLOW_NETWORK, else emulator.")
    var network: Network?

    @Option(
        name: .customLong("access-node"),
        help: ArgumentHelp(
            "An access node's REST address; several are used in turn. Default: $FLOWMETER_FLOW_ACCESS_NODES (separated "
                + "by commas), else the network's public node.",
            valueName: "url"))
    var accessNodes: [String] = []

    /// The settings that these options stand for.
    var flags: [SettingName: String] {
        var flags: [SettingName: String] = [:]
        flags[.flowNetwork] = network?.rawValue
        if !accessNodes.isEmpty { flags[.flowAccessNodes] = accessNodes.joined(separator: ",") }
        return flags
    }

    /// The network that the settings name.
    static func network(_ settings: Settings) throws(CommandError) -> Network {
        guard let text = settings.text(.flowNetwork) else { return .emulator }
        guard let network = Network(rawValue: text) else {
            throw CommandError(
                "FLOW_NETWORK is '\(text)'", fix: "set it to emulator, testnet or mainnet", status: .usage)
        }
        return network
    }

    /// The access nodes that the settings name.
    static func nodes(_ settings: Settings) throws(CommandError) -> [AccessNode] {
        guard let text = settings.text(.flowAccessNodes) else { return [try network(settings).node] }
        var nodes: [AccessNode] = []
        for url in text.split(separator: ",") {
            do throws(FlowError) { nodes.append(try AccessNode(String(url.trimmed))) } catch {
                throw CommandError(error.message, fix: "write it as https://rest-testnet.onflow.org", status: .usage)
            }
        }
        return nodes
    }

    /// The account with the ledger's contracts that the settings name; `nil` when they name none.
    static func contract(_ settings: Settings) throws(CommandError) -> FlowAddress? {
        guard let text = settings.text(.flowContractAddress) else { return nil }
        do throws(CommandError) { return try address(text, on: try network(settings)) } catch {
            throw CommandError(
                "FLOW_CONTRACT_ADDRESS: \(error.message)", fix: "check it and FLOW_NETWORK", status: .usage)
        }
    }

    /// Runs `body` with a client for the network that the settings name.
    static func withClient<Value: Sendable>(
        _ settings: Settings, patience: RetryPolicy = RetryPolicy(attempts: 4),
        _ body: (FlowClient) async throws -> Value
    ) async throws -> Value {
        let nodes = try nodes(settings)
        do {
            return try await HTTPTransport.withTransport { transport in
                try await body(try FlowClient(nodes: nodes, transport: transport, retries: patience))
            }
        } catch let error as FlowError {
            throw CommandError(error, nodes: nodes)
        }
    }

    /// Reads an address, and checks that it belongs to the network.
    static func address(_ text: String, on network: Network) throws(CommandError) -> FlowAddress {
        do throws(FlowError) {
            let address = try FlowAddress(text)
            try network.chain.check(address)
            return address
        } catch {
            throw CommandError(error.message, fix: "check the address and --network", status: .usage)
        }
    }
}

extension Substring {
    /// Without blanks at both ends.
    fileprivate var trimmed: Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}

extension CommandError {
    /// An error of the chain or its access nodes, with what a person can do about it.
    init(_ error: FlowError, nodes: [AccessNode] = []) {
        let urls = nodes.map(\.description).joined(separator: ", ")
        switch error.code {
        case .unavailable, .timedOut:
            self.init(error.message, fix: "check the network and that an access node answers at \(urls)")
        case .rateLimited: self.init(error.message, fix: "wait a little, or name another node with --access-node")
        case .notFound:
            self.init(error.message, fix: "check the id or address, and --network: the nodes asked were \(urls)")
        case .refused:
            self.init(
                error.message, fix: "run 'flowmeter flow doctor': it tells whether nodes, network and account fit")
        case .invalidInput, .malformedValue, .malformedJSON, .invalidKey: self.init(error.message, status: .usage)
        default: self.init(error.message)
        }
    }
}
