import Testing

@testable import FlowmeterCommands

@Suite("CSV")
struct CSVTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("two\nlines", "\"two\nlines\""),
        ("", ""),
    ])
    func `fields are quoted when they must be`(text: String, field: String) { #expect(CSVText.field(text) == field) }

    @Test func `a document has a header and one line per row`() {
        #expect(CSVText.rendered(header: ["a", "b"], rows: [["1", "x,y"]]) == "a,b\n1,\"x,y\"\n")
    }
}
