internal import Metering

/// A quarter of a year in UTC.
struct Quarter: Hashable {
    /// Quarters since the first of 1970.
    var sinceEpoch: Int32

    init(sinceEpoch: Int32) { self.sinceEpoch = sinceEpoch }

    /// The quarter that a month is in.
    init(of month: Month) { sinceEpoch = month.sinceEpoch / 3 }

    var firstDay: Day { Month(sinceEpoch: sinceEpoch * 3).firstDay }

    var lastDay: Day { Quarter(sinceEpoch: sinceEpoch + 1).firstDay.previous }
}
