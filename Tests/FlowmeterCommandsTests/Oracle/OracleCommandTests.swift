import FoundationEssentials
import Metering
import Testing

@testable import FlowmeterCommands

@Suite("flowmeter oracle, epochs and audit")
struct OracleCommandTests {
    private struct Step: Decodable {
        var step: String
        var epoch: Int64?
        var movedUsd: String?
    }

    /// The transcripts imported, and an hour later.
    private func imported(_ harness: inout CommandHarness) async throws {
        _ = await harness.run("import", "claude-code", try DemoTranscripts.write(to: harness.directory))
        harness.now.milliseconds += 86_400_000
    }

    private func steps(_ result: CommandResult) throws -> [Step] {
        try result.output.split(separator: "\n").map {
            try JSONDecoder.snakeCase.decode(Step.self, from: Data($0.utf8))
        }
    }

    @Test func `steps are done in order, and settle on the ledger what was used`() async throws {
        try await CommandHarness.with { harness in
            try await imported(&harness)
            #expect(await harness.run("ledger", "subscribe", "default").status == .success)
            #expect(await harness.run("ledger", "deposit", "default", "100").status == .success)
            let first = try steps(await harness.run("oracle", "step", "--json"))
            try #require(first.map(\.step) == ["closed"])
            let rest = try steps(await harness.run("oracle", "step", "--all", "--json"))
            try #require(rest.map(\.step) == ["attested", "planned", "confirmed", "reconciled", "idle"])
            let total = try await harness.run("usage", "--by", "total", "--json").json(Usage.self).total.chargeUsd
            #expect(rest[3].movedUsd == total)
            let status = await harness.run("oracle", "status")
            #expect(status.status == .success, "\(status.errors)")
            #expect(status.output.contains("committed    \(total) USD"))
            #expect(status.output.contains("open         0 USD"))
            #expect(try steps(await harness.run("oracle", "step", "--all", "--json")).map(\.step) == ["idle"])
        }
    }

    private struct Settled: Decodable { var settledUsd: String }

    private struct Usage: Decodable {
        struct Row: Decodable { var chargeUsd: String }
        var total: Row
    }

    @Test func `epochs are listed, shown, proved, exported, and verified from files alone`() async throws {
        try await CommandHarness.with { harness in
            try await imported(&harness)
            _ = await harness.run("oracle", "step", "--all")
            let list = await harness.run("epochs", "list")
            #expect(list.output.contains("COMMITMENT"))
            let commitment = try #require(
                try? CanonicalJSON(
                    parsing: Array(await harness.run("epochs", "list", "--json").output.dropLast().utf8)))
            var members = try CanonicalJSON.Members(commitment, of: "the commitment")
            #expect(try members.integer("receipts", as: Int.self) == 10)
            #expect(await harness.run("epochs", "show").output.contains("default   1–10"))
            #expect(await harness.run("epochs", "show", "1").errors.contains("is not closed"))
            for arguments in [[], ["--sequence", "3"], ["--epoch", "1"], ["--sequence", "99"], ["--id", "nothing"]] {
                let result = await harness.run(["epochs", "proof", "default"] + arguments)
                let isGood = arguments.isEmpty || arguments == ["--sequence", "3"]
                #expect(result.status == (isGood ? .success : .failed), "\(arguments): \(result.errors)")
                if isGood { #expect(result.output.hasPrefix("{")) }
            }
            #expect(await harness.run("epochs", "proof", "default", "--epoch", "1", "--sequence", "1").status == .usage)
            #expect(await harness.run("epochs", "verify").output == "ok     1 commitment, 1 proof, 10 receipts\n")

            let exported = await harness.run("epochs", "export", "evidence", "--inclusion")
            #expect(exported.output.contains("10 receipts, 1 commitment and 11 proofs"), "\(exported.errors)")
            #expect(await harness.run("epochs", "export", "evidence").errors.contains("is not empty"))
            let verified = await harness.run("epochs", "verify", "evidence")
            #expect(verified.status == .success, "\(verified.output)\(verified.errors)")
            #expect(await harness.run("audit", "evidence").output == "clean  10 receipts, 1 commitment\n")
            #expect(await harness.run("audit").status == .success)
            #expect(await harness.run("epochs", "verify", "nowhere").errors.contains("cannot read"))
        }
    }

    @Test func `one changed digit in any file is found`() async throws {
        try await CommandHarness.with { harness in
            try await imported(&harness)
            _ = await harness.run("oracle", "step", "--all")
            _ = await harness.run("epochs", "export", "evidence", "--inclusion")
            let files = try FileManager.default.subpathsOfDirectory(atPath: harness.directory + "/evidence")
                .filter { $0.hasSuffix(".json") || $0.hasSuffix(".jsonl") }
            #expect(files.count == 14)
            for file in files where file != "keys.json" {
                let text = try harness.read("evidence/" + file)
                let place = try #require(text.firstRange(of: "\"sum\":") ?? text.firstRange(of: "\"charge\":"))
                let digit = text[place.upperBound] == "1" ? "2" : "1"
                var forged = text
                forged.replaceSubrange(place.upperBound...place.upperBound, with: digit)
                try harness.write(forged, to: "evidence/" + file)
                let result = await harness.run("epochs", "verify", "evidence")
                #expect(result.status == .attention, "\(file)")
                try harness.write(text, to: "evidence/" + file)
            }
            #expect(await harness.run("epochs", "verify", "evidence").status == .success)
        }
    }

    @Test func `a planted fraud is proved, and credited once`() async throws {
        try await CommandHarness.with { harness in
            try await imported(&harness)
            _ = await harness.run("ledger", "subscribe", "default")
            _ = await harness.run("ledger", "deposit", "default", "100")
            _ = await harness.run("oracle", "step", "--all")
            _ = await harness.run("epochs", "export", "evidence")
            var lines = try harness.read("evidence/receipts.jsonl").split(separator: "\n").map(String.init)
            var stored = try SignedReceipt(text: lines[4]).stored
            guard case .priced(let charge) = stored.event.charge else { return }
            stored.event.charge = .priced(charge + PicoUSD(1_000_000_000))
            let ring = try #require(
                try OperatorKeyFile(path: harness.directory + "/.local/share/flowmeter/operator-key.json").load())
            lines[4] = try SignedReceipt(stored, signedWith: ring.current).text
            try harness.write(lines.map { $0 + "\n" }.joined(), to: "evidence/receipts.jsonl")
            let found = await harness.run("audit", "evidence")
            #expect(found.status == .attention)
            #expect(found.output.contains("fraud (overprice)"))
            #expect(found.output.contains("0.001 USD to be given back to default"))
            for _ in 1...2 {
                let credited = await harness.run("audit", "evidence", "--credit")
                #expect(credited.status == .attention)
                #expect(
                    credited.output.contains("credited 0.001 USD to default"), "\(credited.errors)\(credited.output)")
            }
            let statement = await harness.run("ledger", "statement", "default", "--json").output
            #expect(statement.components(separatedBy: "\"kind\" : \"credit\"").count == 2, "\(statement)")
        }
    }

    @Test func `before anything happened, commands say so`() async throws {
        try await CommandHarness.with { harness in
            #expect(await harness.run("oracle", "status").errors.contains("there is no database"))
            try await imported(&harness)
            #expect(await harness.run("oracle", "status").output.contains("no epoch was closed yet"))
            #expect(await harness.run("epochs", "list").output == "no epochs\n")
            #expect(await harness.run("epochs", "show").errors.contains("no epoch was closed yet"))
            #expect(await harness.run("epochs", "proof", "default").errors.contains("no epoch says anything"))
        }
    }

    @Test func `a clock that jumped is doubted until it is confirmed`() async throws {
        try await CommandHarness.with { harness in
            try await imported(&harness)
            _ = await harness.run("oracle", "step", "--all")
            harness.now.milliseconds += 30 * 86_400_000
            let doubted = await harness.run("oracle", "step")
            #expect(doubted.status == .failed)
            let epoch = harness.now.milliseconds / 300_000
            #expect(doubted.errors.contains("flowmeter oracle step --confirm-epoch \(epoch)"), "\(doubted.errors)")
            #expect(await harness.run("oracle", "step", "--confirm-epoch", "\(epoch)").status == .success)
            #expect(await harness.run("oracle", "step").status == .success)
        }
    }

    @Test(
        arguments: [
            ("FLOWMETER_EPOCH_SECONDS", "0"), ("FLOWMETER_EPOCH_SECONDS", "five"), ("FLOWMETER_SETTLE_MINIMUM", "1e3"),
            ("FLOWMETER_SETTLE_THRESHOLD", "-1"), ("FLOWMETER_LEASE_SECONDS", "0"),
        ])
    func `settings that make no sense are refused by name`(name: String, value: String) async throws {
        try await CommandHarness.with { harness in
            try await imported(&harness)
            harness.environment[name] = value
            let result = await harness.run("oracle", "status")
            #expect(result.status == .usage)
            #expect(result.errors.contains(name))
        }
    }

    @Test func `what only reads makes no file`() async throws {
        try await CommandHarness.with { harness in
            try await imported(&harness)
            let folder = harness.directory + "/.local/share/flowmeter"
            func files() throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: folder)
                    .filter { !$0.hasPrefix("flowmeter.sqlite") }.sorted()
            }
            for arguments in [
                ["oracle", "status"], ["epochs", "list"], ["epochs", "verify"], ["epochs", "show"], ["ledger", "list"],
                ["ledger", "accounts"], ["ledger", "statement", "default"],
            ] {
                _ = await harness.run(arguments)
                #expect(try files() == [], "\(arguments)")
            }
            // And once there is something, nobody who reads changes it: not even the oracle's lease.
            _ = await harness.run("ledger", "subscribe", "default")
            _ = await harness.run("oracle", "step", "--all")
            let before = try files().filter { $0.hasSuffix(".sqlite") }
            #expect(before == ["ledger.sqlite", "oracle.sqlite"])
            let content = try before.map { try Data(contentsOf: URL(filePath: folder + "/" + $0)) }
            for arguments in [
                ["oracle", "status"], ["epochs", "list"], ["epochs", "verify"], ["audit"], ["ledger", "accounts"],
                ["ledger", "statement", "default"],
            ] {
                #expect(await harness.run(arguments).status == .success, "\(arguments)")
            }
            #expect(try before.map { try Data(contentsOf: URL(filePath: folder + "/" + $0)) } == content)
        }
    }

    @Test func `a ledger is made with the epochs of the settings, and others are refused by name`() async throws {
        try await CommandHarness.with { harness in
            try await imported(&harness)
            harness.environment["FLOWMETER_EPOCH_SECONDS"] = "60"
            #expect(await harness.run("ledger", "subscribe", "default").status == .success)
            #expect(await harness.run("oracle", "status").output.contains("epochs       60 s"))
            harness.environment["FLOWMETER_EPOCH_SECONDS"] = "300"
            for arguments in [["ledger", "deposit", "default", "5"], ["oracle", "step"], ["oracle", "status"]] {
                let result = await harness.run(arguments)
                #expect(result.status == .failed, "\(arguments)")
                #expect(result.errors.contains("FLOWMETER_EPOCH_SECONDS=60"), "\(result.errors)")
            }
            harness.environment["FLOWMETER_EPOCH_SECONDS"] = nil
            #expect(await harness.run("oracle", "step").status == .success)
        }
    }

    @Test func `a plan is settled, and the statement says what it makes of the list price`() async throws {
        try await CommandHarness.with { harness in
            try await imported(&harness)
            try harness.write(
                """
                {"version":1,"plans":[{"id":"double","markup_bp":10000,"tiers":[]}],
                 "assignments":[{"customer":"default","plan":"double","from":"2020-01-01"}]}
                """, to: ".local/share/flowmeter/plans.json")
            _ = await harness.run("ledger", "subscribe", "default")
            _ = await harness.run("ledger", "deposit", "default", "100")
            let step = await harness.run("oracle", "step", "--all")
            #expect(step.status == .success, "\(step.errors)")
            let total = try await harness.run("usage", "--by", "total", "--json").json(Usage.self).total.chargeUsd
            let charge = try PicoUSD(usd: total)
            let statement = await harness.run("ledger", "statement", "default")
            #expect(
                statement.output.contains("in all \(charge) USD at list price, +\(charge) USD by the plan"),
                "\(statement.output)\(statement.errors)")
            let listed = try await harness.run("ledger", "list", "--json").json([Settled].self)
            #expect(listed.map(\.settledUsd) == ["\(charge + charge)"])
            #expect(await harness.run("audit").output.hasPrefix("clean"))
        }
    }

    @Test func `a cancelled subscription is closed and refunded by the oracle when its grace is over`() async throws {
        try await CommandHarness.with { harness in
            try await imported(&harness)
            _ = await harness.run("ledger", "subscribe", "default", "--grace-days", "1")
            _ = await harness.run("ledger", "deposit", "default", "100")
            _ = await harness.run("ledger", "cancel", "default")
            _ = await harness.run("oracle", "step", "--all")
            #expect(await harness.run("ledger", "list").output.contains("cancel"))
            harness.now.milliseconds += 86_400_000 + 600_000
            let last = try steps(await harness.run("oracle", "step", "--all", "--json"))
            #expect(last.map(\.step) == ["ended", "idle"])
            #expect(await harness.run("ledger", "list").output.contains("closed"))
        }
    }
}
