internal import Metering

/// What the finest roll-up tells apart, in the numbers of the name tables.
struct RollupKey: Hashable {
    var day: Day
    var customer: Int64
    var key: Int64
    var session: Int64
    var model: Int64
}
