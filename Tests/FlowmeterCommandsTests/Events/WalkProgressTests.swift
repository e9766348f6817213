import Metering
import Testing

@testable import FlowmeterCommands

@Suite("Progress of walks over stored events")
struct WalkProgressTests {
    private func shown(_ sequences: [Int64], isQuiet: Bool = false, _ counts: [Int]) -> String {
        let errors = TextBuffer()
        let context = CommandContext(
            output: TextBuffer().output(), errorOutput: errors.output(), environment: [:], workingDirectory: "/")
        let progress = WalkProgress("checking events", context: context, isQuiet: isQuiet)
        progress.begin(
            sequences.enumerated().map { number, sequence in
                ChainHead(customer: CustomerID(rawValue: "c\(number)"), sequence: sequence, hash: .zero)
            })
        for count in counts { progress.add(count) }
        progress.finish()
        return errors.text
    }

    @Test func `long ones are told by quarters, over all customers`() {
        #expect(
            shown([30_000, 70_000], [30_000, 30_000, 40_000]) == """
                checking events: 100,000
                checking events: 25 %
                checking events: 50 %
                checking events: 100 %

                """)
    }

    @Test func `short ones, and those that are to be quiet, say nothing`() {
        #expect(shown([10_000, 9_999], [19_999]) == "")
        #expect(shown([1_000_000], isQuiet: true, [1_000_000]) == "")
    }
}
