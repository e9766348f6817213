import Metering
import Testing

@Suite("Epochs")
struct EpochTests {
    @Test(
        "A moment's epoch is the floor of its seconds by the length",
        arguments: [(0, 0), (299_999, 0), (300_000, 1), (-1, -1), (-300_000, -1), (-300_001, -2)] as [(Int64, Int64)])
    func floor(milliseconds: Int64, epoch: Int64) {
        #expect(EpochSchedule.standard.epoch(at: Timestamp(milliseconds: milliseconds)) == Epoch(epoch))
    }

    @Test("An epoch begins where the one before ends, even at the ends of all numbers")
    func boundaries() throws {
        let schedule = try EpochSchedule(seconds: 60)
        #expect(schedule.start(of: Epoch(2)) == Timestamp(milliseconds: 120_000))
        #expect(schedule.end(of: Epoch(1)) == schedule.start(of: Epoch(2)))
        #expect(schedule.end(of: Epoch(.max)) == Timestamp(milliseconds: .max))
        #expect(schedule.start(of: Epoch(.min)) == Timestamp(milliseconds: .min))
        #expect(schedule.epoch(at: schedule.start(of: Epoch(7))) == Epoch(7))
    }

    @Test("A length outside 1 s – 1 day is refused", arguments: [0, -1, 86_401, .max] as [Int64])
    func length(seconds: Int64) {
        #expect(throws: MeteringError.self) { try EpochSchedule(seconds: seconds) }
    }
}
