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
            ("FLOWMETER_SETTLE_THRESHOLD", "-1"),
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
}
