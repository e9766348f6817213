import Metering
import Testing

@Suite("Customer ids")
struct CustomerIDTests {
    @Test(
        "of letters, digits, and _ . @ - are good",
        arguments: ["a", "acme", "a.b@c-d_E9", String(repeating: "x", count: 64)])
    func wellFormed(_ text: String) throws { #expect(try CustomerID(validating: text).rawValue == text) }

    @Test(
        "of anything else are refused",
        arguments: ["", " ", "a b", "é", "a/b", "a\n", "a\0", "a:b", String(repeating: "x", count: 65)])
    func malformed(_ text: String) {
        let error = #expect(throws: MeteringError.self) { try CustomerID(validating: text) }
        #expect(error?.code == .invalidInput)
    }
}
