import Testing

@testable import FlowmeterCommands

@Suite("Progress bar")
struct ProgressBarTests {
    private let bar = ProgressBar(title: "import", total: 10_485_760, columns: 80)

    @Test func `it shows share, bytes, rate and the time still to go`() {
        #expect(
            bar.line(done: 2_621_440, milliseconds: 1000)
                == "import [#######----------------------]  25 % 2.5 MiB/10.0 MiB 2.5 MiB/s ETA 0:03")
    }

    @Test func `it is full at the end, and only then`() {
        #expect(bar.percent(done: 10_485_759) == 99)
        #expect(bar.percent(done: 10_485_760) == 100)
        #expect(bar.line(done: 10_485_760, milliseconds: 4000).contains("[############################] 100 %"))
    }

    @Test func `nothing to do is all done, and no rate is made up`() {
        let empty = ProgressBar(title: "import", total: 0, columns: 40)
        #expect(empty.line(done: 0, milliseconds: 0).contains("100 % 0 B/0 B"))
        #expect(!empty.line(done: 0, milliseconds: 0).contains("ETA"))
    }

    @Test func `it never passes its columns`() {
        for columns in 12...100 {
            let bar = ProgressBar(title: "import", total: .max, columns: columns)
            let line = bar.line(done: .max / 3, milliseconds: 86_400_000)
            #expect(line.count <= columns, "\(columns): \(line)")
        }
    }
}
