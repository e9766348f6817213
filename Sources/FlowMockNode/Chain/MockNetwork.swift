/// A network whose addresses and system contracts the node takes over.
public enum MockNetwork: String, Sendable, Hashable, CaseIterable {
    /// `flow-emulator`: the default.
    case emulator = "flow-emulator"
    /// `flow-testnet`.
    case testnet = "flow-testnet"
    /// `flow-mainnet`.
    case mainnet = "flow-mainnet"

    /// What a network's addresses are XORed with (flow-go-sdk `address.go`).
    var addressMask: UInt64 {
        switch self {
        case .emulator: 0x1cb1_5985_7af0_2018
        case .testnet: 0x6834_ba37_b398_0209
        case .mainnet: 0
        }
    }

    /// Where the contract `FlowFees` is (flow-core-contracts `flow.json`).
    var feesContract: MockAddress {
        switch self {
        case .emulator: MockAddress(number: 0xe5a8_b7f2_3e8b_548f)
        case .testnet: MockAddress(number: 0x912d_5440_f7e3_769e)
        case .mainnet: MockAddress(number: 0xf919_ee77_447b_7497)
        }
    }

    /// The service account: the network's first.
    public var serviceAccount: MockAddress { MockAddress(index: 1, network: self) }
}
