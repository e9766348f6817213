internal import ArgumentParser

/// `flowmeter ledger`: where the money is.
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Subscriptions, escrow, caps, deposits, withdrawals and statements.",
        discussion: """
            A customer pays into the escrow of a subscription; the oracle settles usage out of it; the provider withdraws \
            what was settled. Every movement is double entry, and can be repeated by its reference without happening twice.

            EXAMPLES:
              flowmeter ledger subscribe alice --per-period 500
              flowmeter ledger deposit alice 100 --reference bank-4711
              flowmeter ledger list
              flowmeter ledger statement alice --month 2026-11
              flowmeter ledger withdraw 25 --reference payout-1
            """,
        subcommands: [
            LedgerList.self, LedgerAccounts.self, LedgerSubscribe.self, LedgerDeposit.self, LedgerWithdraw.self,
            LedgerCaps.self, LedgerPause.self, LedgerResume.self, LedgerCancel.self, LedgerClose.self,
            LedgerCredit.self,
            LedgerStatement.self,
        ])
}
