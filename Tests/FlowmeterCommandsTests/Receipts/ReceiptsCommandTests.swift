import Foundation
import Metering
import MeteringSQLite
import Testing

@testable import FlowmeterCommands

@Suite("flowmeter receipts and flowmeter invoice")
struct ReceiptsCommandTests {
    /// Puts calls of alice into the store: `counts` output tokens each, a second apart, rated by the price list.
    static func store(_ harness: CommandHarness, _ counts: [Int64], model: String = "claude-opus-5-5") async throws {
        let store = try SQLiteUsageStore(path: harness.directory + "/.local/share/flowmeter/flowmeter.sqlite")
        let book = PriceCatalog.anthropic.book(at: harness.now)
        _ = try await store.append(
            counts.enumerated().map { index, count in
                let lines = [SKULine(sku: SKU(rawValue: "\(model)/output"), quantity: count)]
                return UsageEvent(
                    id: EventID(rawValue: "msg_\(model)_\(index)"), customer: CustomerID(rawValue: "alice"),
                    session: SessionID(rawValue: "<b>&\"'session"), key: .none, model: model,
                    time: Timestamp(milliseconds: harness.now.milliseconds + Int64(index) * 1_000), lines: lines,
                    charge: Rating.charge(for: lines, book: book), priceBook: book.hash, quality: .exact,
                    source: .gateway)
            })
        try await store.close()
    }

    @Test func `exported receipts verify with nothing but files; what was changed is found`() async throws {
        try await CommandHarness.with { harness in
            try await Self.store(harness, [10, 20, 30])
            #expect(await harness.run("receipts", "export", "--output", "receipts.jsonl").status == .success)
            #expect(await harness.run("receipts", "keys", "export", "--output", "keys.json").status == .success)
            // Files alone: no database, no home.
            var verifier = harness
            verifier.environment = ["HOME": harness.directory + "/elsewhere"]
            let good = await verifier.run("receipts", "verify", "receipts.jsonl", "--keys", "keys.json")
            #expect(good.status == .success, "\(good.output)\(good.errors)")
            #expect(good.output.contains("3 of 3 receipts good"))
            let text = try harness.read("receipts.jsonl")
            let lines = text.split(separator: "\n").map(String.init)
            for (name, broken, finding) in [
                ("quantity", text.replacing("\"quantity\":20", with: "\"quantity\":19"), "signature"),
                ("missing", lines[0] + "\n" + lines[2] + "\n", "missing"),
                ("twice", lines[0] + "\n" + lines[0] + "\n", "twice"),
                ("order", lines[1] + "\n" + lines[0] + "\n", "not in order"),
                ("garbage", "{}\n", "cannot be read"),
            ] {
                try harness.write(broken, to: "broken.jsonl")
                let found = await verifier.run("receipts", "verify", "broken.jsonl", "--keys", "keys.json")
                #expect(found.status == .attention, "\(name): \(found.output)")
                #expect(found.output.contains(finding) || name == "garbage", "\(name): \(found.output)")
            }
            try harness.write("", to: "empty.jsonl")
            #expect(await verifier.run("receipts", "verify", "empty.jsonl", "--keys", "keys.json").status == .failed)
            #expect(await verifier.run("receipts", "verify", "none.jsonl", "--keys", "keys.json").status == .failed)
            #expect(await verifier.run("receipts", "verify", "receipts.jsonl", "--keys", "no.json").status == .failed)
        }
    }

    @Test func `receipts and keys are read from pipes too, as a shell makes them`() async throws {
        try await CommandHarness.with { harness in
            try await Self.store(harness, [10, 20, 30])
            _ = await harness.run("receipts", "export", "--output", "receipts.jsonl")
            _ = await harness.run("receipts", "keys", "export", "--output", "keys.json")
            let (receipts, keys) = (Pipe(), Pipe())
            for (pipe, name) in [(receipts, "receipts.jsonl"), (keys, "keys.json")] {
                try pipe.fileHandleForWriting.write(contentsOf: Data(harness.read(name).utf8))
                try pipe.fileHandleForWriting.close()
            }
            let result = await harness.run(
                "receipts", "verify", "/dev/fd/\(receipts.fileHandleForReading.fileDescriptor)",
                "--keys", "/dev/fd/\(keys.fileHandleForReading.fileDescriptor)")
            #expect(result.status == .success, "\(result.errors)")
            #expect(result.output.contains("3 of 3 receipts good"))
        }
    }

    @Test func `after a rotation old receipts verify with the new export, and new ones not with the old`() async throws
    {
        try await CommandHarness.with { harness in
            try await Self.store(harness, [10])
            _ = await harness.run("receipts", "export", "--output", "before.jsonl")
            _ = await harness.run("receipts", "keys", "export", "--output", "old.json")
            let rotated = await harness.run("receipts", "keys", "rotate", "--overlap-hours", "24")
            #expect(rotated.status == .success, "\(rotated.errors)")
            #expect(rotated.output.split(separator: "\n").count == 3)
            _ = await harness.run("receipts", "export", "--output", "after.jsonl")
            _ = await harness.run("receipts", "keys", "export", "--output", "new.json")
            #expect(try harness.read("before.jsonl") != harness.read("after.jsonl"))
            for (receipts, keys, status) in [
                ("before", "new", CommandStatus.success), ("after", "new", .success), ("after", "old", .attention),
            ] {
                let result = await harness.run("receipts", "verify", "\(receipts).jsonl", "--keys", "\(keys).json")
                #expect(result.status == status, "\(receipts) with \(keys): \(result.output)")
            }
            let mode = try FileManager.default.attributesOfItem(
                atPath: harness.directory + "/.local/share/flowmeter/operator-key.json")[.posixPermissions]
            #expect((mode as? NSNumber)?.intValue == 0o600)
        }
    }

    @Test func `a receipt is listed and shown, signed`() async throws {
        try await CommandHarness.with { harness in
            try await Self.store(harness, [10, 20])
            #expect(await harness.run("receipts", "list", "--limit", "1").errors.contains("there are more"))
            let listed = await harness.run("receipts", "list", "--json", "--after", "1")
            #expect(listed.output.contains("msg_claude-opus-5-5_1"))
            #expect(!listed.output.contains("msg_claude-opus-5-5_0"))
            #expect(
                await harness.run("receipts", "show", "msg_claude-opus-5-5_1").output.contains("20 × claude-opus-5-5"))
            let signed = await harness.run("receipts", "show", "msg_claude-opus-5-5_1", "--json")
            #expect(try SignedReceipt(text: String(signed.output.dropLast())).stored.sequence == 2)
            #expect(await harness.run("receipts", "show", "msg_nothing").status == .failed)
        }
    }

    private struct Invoice: Decodable {
        struct Line: Decodable {
            var sku: String
            var quantity: Int64
            var amountUsd: String
            var receipts: [Int64]
        }
        struct Receipt: Decodable {
            var id: String
            var hash: String
        }
        var lines: [Line]
        var receipts: [Receipt]
        var listUsd: String
        var dueUsd: String
        var unpriced: Int
    }

    @Test func `an invoice adds up to the digit, links its receipts, and applies the customer's plan`() async throws {
        try await CommandHarness.with { harness in
            try await Self.store(harness, [1_000_000, 2_000_000])
            let plain = try await harness.run("invoice", "alice", "--month", "2026-11", "--json").json(Invoice.self)
            #expect(plain.lines.map(\.quantity) == [3_000_000])
            #expect(plain.lines.map(\.receipts) == [[1, 2]])
            #expect(plain.receipts.count == 2)
            #expect(plain.listUsd == plain.dueUsd)
            #expect(plain.dueUsd == plain.lines[0].amountUsd)
            try harness.write(
                #"{"version":1,"plans":[{"id":"half","markup_bp":-5000,"tiers":[]}],"assignments":[{"customer":"alice","plan":"half","from":"2026-11-01"}]}"#,
                to: ".local/share/flowmeter/plans.json")
            let half = try await harness.run("invoice", "alice", "--month", "2026-11", "--json").json(Invoice.self)
            #expect(half.listUsd == plain.listUsd)
            #expect(try PicoUSD(usd: half.dueUsd) + PicoUSD(usd: half.dueUsd) == PicoUSD(usd: plain.dueUsd))
            for format in ["--markdown", "--html", "--csv"] {
                let result = await harness.run("invoice", "alice", "--month", "2026-11", format)
                #expect(result.status == .success, "\(result.errors)")
                #expect(result.output.contains(plain.receipts[0].hash))
                #expect(result.output.contains(plain.receipts[1].id) || format == "--markdown")
            }
            // For people 3,000,000; for programs a number.
            let csv = await harness.run("invoice", "alice", "--month", "2026-11", "--csv").output
            #expect(csv.contains("claude-opus-5-5/output,3000000,"), "\(csv)")
            #expect(await harness.run("invoice", "alice", "--month", "2026-10").output.contains("Due: 0.00 USD"))
            #expect(await harness.run("invoice", "nobody").status == .failed)
            try harness.write("{", to: ".local/share/flowmeter/plans.json")
            #expect(await harness.run("invoice", "alice").status == .usage)
        }
    }

    @Test func `HTML is escaped, whatever a customer's name holds`() async throws {
        try await CommandHarness.with { harness in
            _ = await harness.run("customers", "create", "alice", "--name", "<script>alert(1)</script> & \"Co\"")
            try await Self.store(harness, [5])
            let html = await harness.run("invoice", "alice", "--html").output
            #expect(!html.contains("<script"))
            #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Co&quot;"))
            let markdown = await harness.run("invoice", "alice", "--markdown").output
            #expect(markdown.contains(#"\<script\>"#))
        }
    }

    @Test func `what has no price is not in the sum, is shown, and needs attention`() async throws {
        try await CommandHarness.with { harness in
            try await Self.store(harness, [5], model: "claude-nova-9")
            let result = await harness.run("invoice", "alice", "--json")
            #expect(result.status == .attention)
            let invoice = try result.json(Invoice.self)
            #expect(invoice.unpriced == 1)
            #expect(invoice.dueUsd == "0")
        }
    }

    @Test(arguments: [
        ("=1+1", "'=1+1"), ("-5.25", "-5.25"), ("-cmd", "'-cmd"), ("@a", "'@a"), ("12", "12"), ("+1", "'+1"),
    ])
    func `a spreadsheet takes no text for a formula`(text: String, expected: String) {
        #expect(BillingDocument.harmless(text) == expected)
    }

    @Test(arguments: [([], ""), ([4], "4"), ([1, 2, 3, 7, 9, 10], "1–3, 7, 9–10")] as [([Int64], String)])
    func `runs of receipts are written as ranges`(numbers: [Int64], expected: String) {
        #expect(Metering.Invoice.ranges(numbers) == expected)
    }
}
