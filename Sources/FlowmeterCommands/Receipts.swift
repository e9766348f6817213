internal import ArgumentParser

/// `flowmeter receipts`: signed proof of every call.
struct Receipts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, show, export and verify signed receipts, and manage the key that signs them.",
        discussion: """
            A receipt states what a call used and what it cost, with the hash of the receipt before it, signed with the \
            operator's Ed25519 key. Verifying needs files only: receipts, price books, public keys.

            EXAMPLES:
              flowmeter receipts list --customer alice
              flowmeter receipts export --customer alice --output receipts.jsonl
              flowmeter receipts keys export --output keys.json
              flowmeter receipts verify receipts.jsonl --keys keys.json
            """,
        subcommands: [
            ReceiptsList.self, ReceiptsShow.self, ReceiptsExport.self, ReceiptsVerify.self, ReceiptsKeys.self,
        ])
}
