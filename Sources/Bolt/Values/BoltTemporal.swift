/// A day without a time zone, as days since 1970-01-01.
public struct BoltDate: Sendable, Hashable, BoltCodable {
    static let tag = UInt8(ascii: "D")
    /// Days since 1970-01-01; negative before.
    public var daysSinceEpoch: Int64

    /// Creates a date.
    public init(daysSinceEpoch: Int64) { self.daysSinceEpoch = daysSinceEpoch }

    /// Creates a date of the proleptic Gregorian calendar; `nil` when there is no such day.
    public init?(year: Int, month: Int, day: Int) {
        guard (-999_999_999...999_999_999).contains(year), let days = CivilDay.days(year: year, month: month, day: day)
        else { return nil }
        daysSinceEpoch = Int64(days)
    }

    /// The year, month and day in the proleptic Gregorian calendar.
    public var components: (year: Int, month: Int, day: Int) { CivilDay.components(of: Int(daysSinceEpoch)) }

    /// Decodes a date.
    public init(bolt value: BoltValue) throws(BoltError) {
        let structure = try BoltStructure.expect(value, tags: [Self.tag], count: 1, name: "a date")
        daysSinceEpoch = try structure.field(0)
    }

    /// Writes the date.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        writer.writeStructureHeader(tag: Self.tag, count: 1)
        writer.write(daysSinceEpoch)
    }
}

/// A time of day without a time zone.
public struct BoltLocalTime: Sendable, Hashable, BoltCodable {
    static let tag = UInt8(ascii: "t")
    /// Nanoseconds since midnight.
    public var nanosecondsSinceMidnight: Int64

    /// Creates a time of day.
    public init(nanosecondsSinceMidnight: Int64) { self.nanosecondsSinceMidnight = nanosecondsSinceMidnight }

    /// Decodes a time of day.
    public init(bolt value: BoltValue) throws(BoltError) {
        let structure = try BoltStructure.expect(value, tags: [Self.tag], count: 1, name: "a local time")
        nanosecondsSinceMidnight = try structure.field(0)
    }

    /// Writes the time of day.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        writer.writeStructureHeader(tag: Self.tag, count: 1)
        writer.write(nanosecondsSinceMidnight)
    }
}

/// A time of day with an offset from UTC.
public struct BoltTime: Sendable, Hashable, BoltCodable {
    static let tag = UInt8(ascii: "T")
    /// Nanoseconds since midnight by the local clock.
    public var nanosecondsSinceMidnight: Int64
    /// Seconds that the local clock is ahead of UTC.
    public var offsetSeconds: Int32

    /// Creates a time of day.
    public init(nanosecondsSinceMidnight: Int64, offsetSeconds: Int32) {
        self.nanosecondsSinceMidnight = nanosecondsSinceMidnight
        self.offsetSeconds = offsetSeconds
    }

    /// Decodes a time of day.
    public init(bolt value: BoltValue) throws(BoltError) {
        let structure = try BoltStructure.expect(value, tags: [Self.tag], count: 2, name: "a time")
        nanosecondsSinceMidnight = try structure.field(0)
        offsetSeconds = try structure.field(1)
    }

    /// Writes the time of day.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        writer.writeStructureHeader(tag: Self.tag, count: 2)
        writer.write(nanosecondsSinceMidnight)
        writer.write(Int64(offsetSeconds))
    }
}

/// A date and time of day without a time zone.
public struct BoltLocalDateTime: Sendable, Hashable, BoltCodable {
    static let tag = UInt8(ascii: "d")
    /// Seconds since 1970-01-01T00:00:00 by the local clock; negative before.
    public var seconds: Int64
    /// Nanoseconds behind the second, 0 to 999,999,999.
    public var nanoseconds: Int32

    /// Creates a date and time.
    public init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Decodes a date and time.
    public init(bolt value: BoltValue) throws(BoltError) {
        let structure = try BoltStructure.expect(value, tags: [Self.tag], count: 2, name: "a local date and time")
        seconds = try structure.field(0)
        nanoseconds = try structure.field(1)
    }

    /// Writes the date and time.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        writer.writeStructureHeader(tag: Self.tag, count: 2)
        writer.write(seconds)
        writer.write(Int64(nanoseconds))
    }
}

/// A length of time in months, days, seconds and nanoseconds, each with its own sign.
public struct BoltDuration: Sendable, Hashable, BoltCodable {
    static let tag = UInt8(ascii: "E")
    /// Months.
    public var months: Int64
    /// Days.
    public var days: Int64
    /// Seconds.
    public var seconds: Int64
    /// Nanoseconds.
    public var nanoseconds: Int32

    /// Creates a duration.
    public init(months: Int64 = 0, days: Int64 = 0, seconds: Int64 = 0, nanoseconds: Int32 = 0) {
        self.months = months
        self.days = days
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Decodes a duration.
    public init(bolt value: BoltValue) throws(BoltError) {
        let structure = try BoltStructure.expect(value, tags: [Self.tag], count: 4, name: "a duration")
        months = try structure.field(0)
        days = try structure.field(1)
        seconds = try structure.field(2)
        nanoseconds = try structure.field(3)
    }

    /// Writes the duration.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        writer.writeStructureHeader(tag: Self.tag, count: 4)
        writer.write(months)
        writer.write(days)
        writer.write(seconds)
        writer.write(Int64(nanoseconds))
    }
}

/// A type that can be sent and received.
public typealias BoltCodable = BoltDecodable & BoltEncodable

/// The proleptic Gregorian calendar, in whole days since 1970-01-01.
enum CivilDay {
    private static let daysInCycle = 146_097

    static func days(year: Int, month: Int, day: Int) -> Int? {
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        // Years begin in March, so that the leap day is the last of its year.
        let shifted = month <= 2 ? year - 1 : year
        let cycle = shifted >= 0 ? shifted / 400 : (shifted - 399) / 400
        let yearOfCycle = shifted - cycle * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfCycle = yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
        let days = cycle * daysInCycle + dayOfCycle - 719_468
        // A day that the month lacks comes out as a day of the next one.
        let back = components(of: days)
        return back == (year, month, day) ? days : nil
    }

    static func components(of days: Int) -> (year: Int, month: Int, day: Int) {
        let (shifted, overflow) = days.addingReportingOverflow(719_468)
        let epochDay = overflow ? Int.max : shifted
        let cycle = epochDay >= 0 ? epochDay / daysInCycle : (epochDay - (daysInCycle - 1)) / daysInCycle
        let dayOfCycle = epochDay - cycle * daysInCycle
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let civilMonth = month < 10 ? month + 3 : month - 9
        return (yearOfCycle + cycle * 400 + (civilMonth <= 2 ? 1 : 0), civilMonth, day)
    }
}
