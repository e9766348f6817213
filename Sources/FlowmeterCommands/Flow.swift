internal import ArgumentParser

/// `flowmeter flow`: the Flow blockchain.
struct FlowCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flow",
        abstract: "Look at the Flow blockchain, and send transactions.",
        discussion: """
            The network is --network, else $FLOW_NETWORK, else the emulator on this machine. The account that sends is \
            $FLOWMETER_FLOW_ADDRESS with the private key $FLOWMETER_FLOW_KEY.

            EXAMPLES:
              flowmeter flow doctor --network testnet
              flowmeter flow balance 0x8c5303eaa26202d6 --network testnet
              flowmeter flow script total.cdc UInt64:7
              flowmeter flow send settle.cdc UFix64:1.5 Address:0xf8d6e0586b0a20c7
            """,
        subcommands: [
            FlowKeys.self, FlowAccountCommand.self, FlowBalance.self, FlowScript.self, FlowSend.self, FlowEvents.self,
            FlowStatus.self, FlowDoctor.self,
        ])
}
