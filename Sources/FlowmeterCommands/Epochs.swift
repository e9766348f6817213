internal import ArgumentParser

/// `flowmeter epochs`: what was committed to, and the proofs of it.
struct Epochs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List closed epochs, make proofs, export and verify them.",
        discussion: """
            An epoch holds, for each customer, the receipts since the one before. Its commitment is signed and never \
            changes. docs/settlement.md says what is proved, and docs/verify.py checks it without this program.

            EXAMPLES:
              flowmeter epochs list
              flowmeter epochs proof alice --sequence 12
              flowmeter epochs export evidence
              flowmeter epochs verify evidence
            """,
        subcommands: [
            EpochsList.self, EpochsShow.self, EpochsProof.self, EpochsExport.self, EpochsVerify.self,
        ])
}
