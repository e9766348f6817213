import Foundation
import Metering
import MeteringSQLite
import Testing

@testable import FlowmeterCommands

@Suite("flowmeter ledger")
struct LedgerCommandTests {
    private struct Subscription: Decodable {
        var id: String
        var state: String
        var escrowUsd: String
        var settledUsd: String
        var unsettledUsd: String
    }

    private struct Accounts: Decodable {
        struct Account: Decodable, Equatable {
            var account: String
            var balanceUsd: String
        }
        var accounts: [Account]
        var sumUsd: String
    }

    /// Settles what alice was charged in all, in the epoch of the harness's clock.
    private func settle(_ harness: CommandHarness, _ dollars: Int64) async throws {
        let ledger = try LocalLedger(path: harness.directory + "/.local/share/flowmeter/ledger.sqlite")
        let item = SettlementItem(
            subscription: SubscriptionID(rawValue: "alice"),
            cumulativeCharge: PicoUSD(Int128(dollars) * PicoUSD.dollar.rawValue),
            customerRoot: Digest32(words: (7, 7, 7, 7)), priceBook: .zero)
        _ = try await ledger.settle(
            SettlementBatch(epoch: ledger.schedule.epoch(at: harness.now), items: [item]), at: harness.now)
        try ledger.close()
    }

    @Test func `money goes in, is settled, drawn and refunded, and the accounts add up to zero`() async throws {
        try await CommandHarness.with { harness in
            let opened = try await harness.run("ledger", "subscribe", "alice", "--per-epoch", "30", "--json")
                .json(Subscription.self)
            #expect(opened.id == "alice")
            #expect(await harness.run("ledger", "subscribe", "alice", "--per-epoch", "30").status == .success)
            for _ in 0..<2 {
                let deposit = await harness.run("ledger", "deposit", "alice", "100.50", "--reference", "bank-1")
                #expect(deposit.status == .success, "\(deposit.errors)")
            }
            try await settle(harness, 42)
            let listed = try await harness.run("ledger", "list", "--json").json([Subscription].self)
            #expect(listed.map(\.escrowUsd) == ["70.5"])
            #expect(listed.map(\.settledUsd) == ["30"])
            #expect(listed.map(\.unsettledUsd) == ["12"])
            #expect(await harness.run("ledger", "withdraw", "30.000000000001").status == .failed)
            #expect(await harness.run("ledger", "withdraw", "25", "--reference", "payout").status == .success)
            #expect(await harness.run("ledger", "credit", "alice", "10", "--reason", "an outage").status == .success)
            #expect(await harness.run("ledger", "cancel", "alice").status == .success)
            #expect(await harness.run("ledger", "close", "alice").status == .failed)
            harness.now = Timestamp(milliseconds: harness.now.milliseconds + 7 * 86_400_000)
            let closed = try await harness.run("ledger", "close", "alice", "--json").json(Subscription.self)
            #expect(closed.state == "closed")
            #expect(closed.escrowUsd == "0")
            let accounts = try await harness.run("ledger", "accounts", "--json").json(Accounts.self)
            #expect(accounts.sumUsd == "0")
            #expect(accounts.accounts.first { $0.account == "earnings:operator" }?.balanceUsd == "0")
            // 100.50 in; 25 drawn and 75.50 refunded.
            #expect(accounts.accounts.first { $0.account == "world" }?.balanceUsd == "0")
            let second = try await harness.run("ledger", "subscribe", "alice", "--json").json(Subscription.self)
            #expect(second.id == "alice-2")
            for format in [[], ["--csv"], ["--markdown"], ["--html"], ["--json"]] {
                let statement = await harness.run(["ledger", "statement", "alice"] + format)
                #expect(statement.status == .success, "\(statement.errors)")
                #expect(statement.output.contains("0000000000000007"))
                #expect(statement.output.contains("an outage"))
            }
        }
    }

    private struct StatementLines: Decodable {
        struct Line: Decodable {
            var kind: String
            var firstReceipt: Int64?
            var lastReceipt: Int64?
        }
        var entries: [Line]
        var closingBalanceUsd: String
    }

    @Test func `a statement names the receipts of each settlement, and leaves out none that a fast clock dated`()
        async throws
    {
        try await CommandHarness.with { harness in
            _ = await harness.run("ledger", "subscribe", "alice")
            _ = await harness.run("ledger", "deposit", "alice", "100")
            let before = harness.now
            let rounds: [(String, [Int64])] = [("claude-opus-5-5", [100, 200, 300]), ("claude-haiku-5-5", [400_000])]
            for (model, counts) in rounds {
                try await ReceiptsCommandTests.store(harness, counts, model: model)
                harness.now.milliseconds += 600_000
                let step = await harness.run("oracle", "step", "--all")
                #expect(step.status == .success, "\(step.errors)")
            }
            harness.now = before
            let statement = try await harness.run("ledger", "statement", "alice", "--json").json(StatementLines.self)
            #expect(statement.entries.map(\.kind) == ["deposit", "settlement", "settlement"])
            #expect(statement.entries.map(\.firstReceipt) == [nil, 1, 4])
            #expect(statement.entries.map(\.lastReceipt) == [nil, 3, 4])
            let listed = try await harness.run("ledger", "list", "--json").json([Subscription].self)
            #expect(statement.closingBalanceUsd == listed.first?.escrowUsd)
            for format in [[], ["--csv"], ["--markdown"], ["--html"]] {
                let text = await harness.run(["ledger", "statement", "alice"] + format).output
                #expect(text.contains("1–3"), "\(text)")
            }
        }
    }

    @Test func `caps are changed one by one, from the next epoch on; pause and resume`() async throws {
        try await CommandHarness.with { harness in
            _ = await harness.run("ledger", "subscribe", "alice", "--per-epoch", "5", "--lifetime", "100")
            let caps = await harness.run("ledger", "caps", "alice", "--per-epoch", "none", "--per-period", "50")
            #expect(caps.status == .success, "\(caps.errors)")
            #expect(caps.output.contains("50/period, 100 in all from epoch"))
            #expect(await harness.run("ledger", "pause", "alice").output.contains("paused"))
            #expect(await harness.run("ledger", "resume", "alice").output.contains("active"))
        }
    }

    @Test(arguments: [
        (["ledger", "deposit", "nobody", "5"], CommandStatus.failed), (["ledger", "deposit", "alice", "0"], .usage),
        (["ledger", "deposit", "alice", "1e3"], .usage), (["ledger", "deposit", "alice", "0.0000000000001"], .usage),
        (["ledger", "subscribe", "a b"], .usage), (["ledger", "subscribe", "alice", "--grace-days", "400"], .usage),
        (["ledger", "caps", "alice"], .usage), (["ledger", "caps", "alice", "--per-epoch", "lots"], .usage),
        (["ledger", "credit", "alice", "5"], .usage), (["ledger", "withdraw", "5"], .failed),
        (["ledger", "close", "alice"], .failed), (["ledger", "statement", "nobody"], .failed),
        (["ledger", "statement", "alice", "--month", "november"], .usage),
        (["ledger", "statement", "alice", "--json", "--html"], .usage),
    ])
    func `bad input gets an error that names the fix`(arguments: [String], status: CommandStatus) async throws {
        try await CommandHarness.with { harness in
            _ = await harness.run("ledger", "subscribe", "alice")
            let result = await harness.run(arguments)
            #expect(result.status == status, "\(result.errors)")
            #expect(result.errors.hasPrefix("error: "))
            #expect(result.output.isEmpty)
        }
    }

    @Test func `without a ledger, reading says how to make one, and makes none`() async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run("ledger", "accounts")
            #expect(result.status == .failed)
            #expect(result.errors.contains("flowmeter ledger subscribe"))
            #expect(
                !FileManager.default.fileExists(atPath: harness.directory + "/.local/share/flowmeter/ledger.sqlite"))
        }
    }
}
