import FoundationEssentials
import Metering
import Testing

@testable import FlowmeterCommands

@Suite("Usage reports")
struct UsageReportTests {
    private static func sums(_ calls: Int64, charge: Int128, unpriced: Int64 = 0, estimated: Int64 = 0) -> UsageSums {
        var sums = UsageSums()
        sums.calls = calls
        sums.inputTokens = calls * 1_000
        sums.outputTokens = calls * 100
        sums.cacheWrite5mTokens = calls * 10
        sums.cacheWrite1hTokens = calls
        sums.cacheReadTokens = calls * 100_000
        sums.charge = PicoUSD(charge)
        sums.unpriced = unpriced
        sums.estimated = estimated
        return sums
    }

    private static func report(limit: Int? = nil, unpriced: Int64 = 0, estimated: Int64 = 0) -> UsageReport {
        let rows = [
            UsageRow(group: "claude-opus-5-5", sums: sums(12, charge: 1_234_500_000_000_000)),
            UsageRow(
                group: "claude-haiku-5-5", sums: sums(3, charge: 61_630, unpriced: unpriced, estimated: estimated)),
        ]
        let total = rows.reduce(UsageSums()) { $0 + $1.sums }
        return UsageReport(query: UsageQuery(by: .model, limit: limit), rows: rows, total: total)
    }

    @Test func `the full table has every figure and adds up`() {
        #expect(
            Self.report().table(width: nil, style: .plain) == """
                MODEL             CALLS   INPUT  OUTPUT  WRITE 5M  WRITE 1H       READ         CHARGE USD
                claude-opus-5-5      12  12,000   1,200       120        12  1,200,000  1,234.50000000000
                claude-haiku-5-5      3   3,000     300        30         3    300,000      0.00000006163
                ─────────────────────────────────────────────────────────────────────────────────────────
                total                15  15,000   1,500       150        15  1,500,000  1,234.50000006163

                """)
    }

    @Test(arguments: [120, 80, 60])
    func `a table fits its terminal, and never cuts a number`(width: Int) {
        let text = Self.report().table(width: width, style: .plain)
        for line in text.split(separator: "\n") { #expect(line.count <= width, "\(line)") }
        #expect(text.contains("1,234.50000006163"))
    }

    @Test func `what is unpriced or estimated is said below the table`() {
        let text = Self.report(unpriced: 2, estimated: 1).table(width: nil, style: .plain)
        #expect(text.contains("UNPRICED"))
        #expect(text.contains("note: 2 calls without a price"))
        #expect(text.contains("note: 1 call broke off"))
        #expect(!Self.report().table(width: nil, style: .plain).contains("note:"))
    }

    @Test func `what a limit leaves out is one row, so that the table adds up`() {
        var report = Self.report(limit: 1)
        report.rows.removeLast()
        #expect(report.others?.calls == 3)
        #expect(report.table(width: nil, style: .plain).contains("(others)"))
        #expect(Self.report(limit: 5).others == nil)
    }

    @Test func `CSV has exact amounts and stable names`() {
        let lines = Self.report().csv.split(separator: "\n")
        #expect(
            lines[0]
                == "model,calls,input_tokens,output_tokens,cache_write_5m_tokens,cache_write_1h_tokens,"
                + "cache_read_tokens,web_searches,charge_usd,unpriced,estimated")
        #expect(lines[1] == "claude-opus-5-5,12,12000,1200,120,12,1200000,0,1234.5,0,0")
        #expect(lines.count == 3)
    }

    @Test func `JSON has money as text`() throws {
        struct Document: Decodable {
            struct Row: Decodable {
                var group: String?
                var calls: Int64
                var chargeUsd: String
            }
            var by: String
            var rows: [Row]
            var total: Row
        }
        let text = try JSONText.document(Self.report())
        let document = try JSONDecoder.snakeCase.decode(Document.self, from: Data(text.utf8))
        #expect(document.by == "model")
        #expect(document.rows.map(\.chargeUsd) == ["1234.5", "0.00000006163"])
        #expect(document.total.chargeUsd == "1234.50000006163")
        #expect(text.hasSuffix("}\n"))
        #expect(try JSONText.line(Self.report()).filter { $0 == "\n" }.count == 1)
    }
}
