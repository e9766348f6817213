import Testing

@testable import FlowmeterCommands

@Suite("Tables")
struct TableTests {
    private let table = Table(
        columns: [
            Table.Column("MODEL", .text, minimumWidth: 8), Table.Column("CALLS", .count),
            Table.Column("CHARGE USD", .money),
        ],
        rows: [["claude-opus-5-5", "12", "1234.5"], ["claude-haiku-5-5", "1,003", "0.000000000001"]],
        total: ["total", "1,015", "1234.500000000001"])

    @Test func `numbers are on the right, points are aligned, and the total has its own line`() {
        #expect(
            table.rendered() == """
                MODEL             CALLS          CHARGE USD
                claude-opus-5-5      12  1,234.500000000000
                claude-haiku-5-5  1,003      0.000000000001
                ───────────────────────────────────────────
                total             1,015  1,234.500000000001

                """)
    }

    @Test func `text is cut to fit, numbers never are`() {
        let lines = table.rendered(width: 37).split(separator: "\n")
        #expect(lines[1] == "claude-op…     12  1,234.500000000000")
        #expect(lines[2] == "claude-ha…  1,003      0.000000000001")
    }

    @Test func `a table that cannot be cut enough stays readable`() {
        #expect(table.rendered(width: 10).split(separator: "\n")[1] == "claude-…     12  1,234.500000000000")
        #expect(table.minimumWidth == 8 + 2 + 5 + 2 + 18)
    }

    @Test func `control characters of clients never reach the terminal`() {
        let table = Table(columns: [Table.Column("SESSION", .text)], rows: [["a\u{1B}[2J\nb\u{202E}"]])
        #expect(table.rendered() == "SESSION\na\\u{1b}[2J\\u{a}b\\u{202e}\n")
    }

    @Test func `wide characters count twice`() {
        let table = Table(
            columns: [Table.Column("NAME", .text), Table.Column("N", .count)], rows: [["東京", "1"], ["Zoë", "2"]])
        #expect(table.rendered() == "NAME  N\n東京  1\nZoë   2\n")
    }
}

@Suite("Numbers")
struct NumberTextTests {
    @Test(arguments: [
        (0, "0"), (7, "7"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-12_345, "-12,345"),
        (Int64.max, "9,223,372,036,854,775,807"),
    ])
    func `whole numbers have thousands separators`(number: Int64, text: String) {
        #expect(NumberText.grouped(number) == text)
    }

    @Test(arguments: [
        ("0", 2, "0.00"), ("1234.5", 2, "1,234.50"), ("0.000000000001", 2, "0.000000000001"), ("-1234", 0, "-1,234"),
    ])
    func `money keeps every digit`(decimal: String, digits: Int, text: String) {
        #expect(NumberText.money(decimal, fractionDigits: digits) == text)
    }

    @Test(arguments: [
        (Int64(0), "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_572_864, "1.5 MiB"), (5_368_709_120, "5.0 GiB"),
    ])
    func `bytes have a unit`(count: Int64, text: String) { #expect(NumberText.bytes(count) == text) }

    @Test(arguments: [(Int64(0), "0:00"), (7, "0:07"), (754, "12:34"), (3723, "1:02:03")])
    func `spans of time are minutes and seconds`(seconds: Int64, text: String) {
        #expect(NumberText.duration(seconds: seconds) == text)
    }
}
