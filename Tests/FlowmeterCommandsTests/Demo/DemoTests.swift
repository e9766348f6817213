import Claude
import FoundationEssentials
import Metering
import Testing

@testable import FlowmeterCommands

@Suite("flowmeter demo")
struct DemoTests {
    private struct Report: Decodable {
        struct Check: Decodable {
            var what: String
            var passed: Bool
            var detail: String
        }
        struct Call: Decodable {
            var title: String
            var status: Int
            var ending: String
        }
        struct Table: Decodable {
            struct Row: Decodable {
                var group: String?
                var calls: Int64
                var chargeUsd: String
            }
            var by: String
            var rows: [Row]
            var total: Row
        }
        var passed: Bool
        var chargeUsd: String
        var events: Int64
        var calls: [Call]
        var tables: [Table]
        var audit: [Check]
    }

    @Test func `the demo adds up, and its tables agree to the last digit`() async throws {
        try await CommandHarness.with { harness in
            let result = await harness.run("demo", "--json")
            #expect(result.status == .success, "\(result.errors)\(result.output)")
            let report = try result.json(Report.self)
            #expect(report.passed)
            for check in report.audit { #expect(check.passed, "\(check.what): \(check.detail)") }
            #expect(report.tables.map(\.by) == ["model", "day", "session", "customer"])
            for table in report.tables {
                let sum = try table.rows.reduce(PicoUSD.zero) { $0 + (try PicoUSD(usd: $1.chargeUsd)) }
                #expect(sum.description == report.chargeUsd)
                #expect(table.total.chargeUsd == report.chargeUsd)
                #expect(table.rows.reduce(0) { $0 + $1.calls } == report.events)
            }
            #expect(report.calls.contains { $0.ending == "left" })
            #expect(report.calls.contains { $0.ending == "broken" })
            #expect(report.calls.contains { $0.status == 529 })
        }
    }

    @Test func `a kept demo can be looked at with the other commands`() async throws {
        try await CommandHarness.with { harness in
            let demo = await harness.run("demo", "--keep", "kept")
            #expect(demo.status == .success, "\(demo.errors)")
            #expect(demo.output.contains("Everything adds up"))
            let database = harness.directory + "/kept/demo.sqlite"
            #expect(await harness.run("events", "verify", "--database", database).status == .success)
            let usage = await harness.run("usage", "--by", "customer", "--database", database)
            #expect(usage.output.contains("aurora"))
            #expect(await harness.run("demo", "--keep", "kept").errors.contains("is not empty"))
        }
    }

    @Test func `fractions are exact and reduced`() {
        #expect(Fraction(6, -4) == Fraction(-3, 2))
        #expect(Fraction(1, 3) + Fraction(1, 6) == Fraction(1, 2))
        #expect(Fraction(2, 3) * Fraction(3, 4) == Fraction(1, 2))
        #expect(Fraction(decimal: "0.125") == Fraction(1, 8))
        #expect(Fraction(decimal: "8") == Fraction(8, 1))
        #expect(Fraction(-217, 125_000).description == "-0.001736")
        #expect(Fraction(8, 1).description == "8")
        #expect(Fraction(1, 3).description == "1/3")
        #expect(Fraction(decimal: "") == nil)
        #expect(Fraction(decimal: "1.2.3") == nil)
    }

    @Test func `the audit works a bill out by hand`() {
        var record = MessageRecord(id: "m", model: "claude-opus-5-5", hasContent: true, ending: .complete)
        record.usage.inputTokens = 1_000_000
        record.usage.outputTokens = 1_000_000
        record.usage.speed = "fast"
        record.usage.inferenceGeo = "us"
        record.usage.webSearchRequests = 1
        // (4 + 20) × 2 × 1.1 + 0.01
        #expect(DemoAuditor().cost(of: record) == .dollars(Fraction(5281, 100)))
        record.model = "claude-unheard-of"
        #expect(DemoAuditor().cost(of: record) == .unknown)
        record.stopReason = "refusal"
        record.hasContent = false
        #expect(DemoAuditor().cost(of: record) == .dollars(.zero))
    }
}
