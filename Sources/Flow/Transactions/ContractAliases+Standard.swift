extension ContractAliases {
    /// The contracts that every network has (flow-core-contracts `flow.json`), for the main network, the test network
    /// and the emulator; empty for others.
    public static func standard(on chain: FlowChain) -> ContractAliases {
        let column: Int
        switch chain {
        case .mainnet: column = 2
        case .testnet: column = 1
        case .emulator: column = 0
        default: return ContractAliases()
        }
        var aliases = ContractAliases()
        for (names, addresses) in table {
            for name in names { aliases[name] = FlowAddress(rawValue: addresses[column]) }
        }
        return aliases
    }

    /// Names, and their addresses on the emulator, the test network and the main network.
    private static let table: [([String], [UInt64])] = [
        (
            ["FungibleToken", "FungibleTokenMetadataViews", "FungibleTokenSwitchboard"],
            [0xEE82_856B_F20E_2AA6, 0x9A07_66D9_3B66_08B7, 0xF233_DCEE_88FE_0ABE]
        ),
        (["FlowToken"], [0x0AE5_3CB6_E3F4_2A79, 0x7E60_DF04_2A9C_0868, 0x1654_6533_9904_0A61]),
        (["FlowFees"], [0xE5A8_B7F2_3E8B_548F, 0x912D_5440_F7E3_769E, 0xF919_EE77_447B_7497]),
        (
            ["NonFungibleToken", "MetadataViews", "ViewResolver", "CrossVMMetadataViews"],
            [0xF8D6_E058_6B0A_20C7, 0x631E_88AE_7F1D_7C20, 0x1D7E_57AA_5581_7448]
        ),
        (["Burner"], [0xF8D6_E058_6B0A_20C7, 0x9A07_66D9_3B66_08B7, 0xF233_DCEE_88FE_0ABE]),
        (
            [
                "EVM", "FlowStorageFees", "FlowServiceAccount", "FlowTransactionScheduler",
                "FlowTransactionSchedulerUtils",
            ],
            [0xF8D6_E058_6B0A_20C7, 0x8C53_03EA_A262_02D6, 0xE467_B9DD_11FA_00DF]
        ),
    ]
}
