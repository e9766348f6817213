extension ContractAliases {
    /// The contracts that every network has (flow-core-contracts `flow.json`).
    ///
    /// A chain with the emulator's addresses has them where the emulator has them, and an emulator with simple addresses
    /// where `flow test` has them.
    public static func standard(on chain: FlowChain) -> ContractAliases {
        let column: Int
        switch chain.addressing {
        case FlowChain.mainnet.addressing: column = 2
        case FlowChain.testnet.addressing: column = 1
        case FlowChain.emulator.addressing: column = 0
        default: column = 3
        }
        var aliases = ContractAliases()
        for (names, addresses) in table {
            for name in names { aliases[name] = FlowAddress(rawValue: addresses[column]) }
        }
        return aliases
    }

    /// Where any network has a contract that every network has.
    static func standardAddresses(of name: String) -> [FlowAddress] {
        table.first { $0.0.contains(name) }.map { $0.1.map(FlowAddress.init(rawValue:)) } ?? []
    }

    /// Names, and their addresses on the emulator, the test network, the main network and in `flow test`.
    private static let table: [([String], [UInt64])] = [
        (
            ["FungibleToken", "FungibleTokenMetadataViews", "FungibleTokenSwitchboard"],
            [0xEE82_856B_F20E_2AA6, 0x9A07_66D9_3B66_08B7, 0xF233_DCEE_88FE_0ABE, 0x2]
        ),
        (["FlowToken"], [0x0AE5_3CB6_E3F4_2A79, 0x7E60_DF04_2A9C_0868, 0x1654_6533_9904_0A61, 0x3]),
        (["FlowFees"], [0xE5A8_B7F2_3E8B_548F, 0x912D_5440_F7E3_769E, 0xF919_EE77_447B_7497, 0x4]),
        (
            ["NonFungibleToken", "MetadataViews", "ViewResolver", "CrossVMMetadataViews"],
            [0xF8D6_E058_6B0A_20C7, 0x631E_88AE_7F1D_7C20, 0x1D7E_57AA_5581_7448, 0x1]
        ),
        (["Burner"], [0xF8D6_E058_6B0A_20C7, 0x9A07_66D9_3B66_08B7, 0xF233_DCEE_88FE_0ABE, 0x1]),
        (
            [
                "Crypto", "EVM", "FlowStorageFees", "FlowServiceAccount", "FlowTransactionScheduler",
                "FlowTransactionSchedulerUtils",
            ],
            [0xF8D6_E058_6B0A_20C7, 0x8C53_03EA_A262_02D6, 0xE467_B9DD_11FA_00DF, 0x1]
        ),
    ]
}
