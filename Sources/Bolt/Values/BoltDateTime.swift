/// A date and time with a time zone.
public struct BoltDateTime: Sendable, Hashable, BoltCodable {
    static let offsetTag = UInt8(ascii: "I")
    static let zoneTag = UInt8(ascii: "i")
    static let legacyOffsetTag = UInt8(ascii: "F")
    static let legacyZoneTag = UInt8(ascii: "f")
    static let tags = [offsetTag, zoneTag, legacyOffsetTag, legacyZoneTag]

    /// A time zone.
    public enum Zone: Sendable, Hashable {
        /// Seconds that the local clock is ahead of UTC.
        case offset(Int32)
        /// A name of the IANA database, such as `Europe/Paris`.
        case identifier(String)
    }

    /// What the seconds count.
    public enum Clock: Sendable, Hashable {
        /// Seconds since 1970-01-01T00:00:00Z.
        case utc
        /// Seconds since 1970-01-01T00:00:00 as the clock in the zone shows them.
        ///
        /// Servers before 5.0 send named zones this way; the driver has no zone database to convert them with.
        case local
    }

    /// Seconds since the epoch of ``clock``; negative before.
    public var seconds: Int64
    /// Nanoseconds behind the second, 0 to 999,999,999.
    public var nanoseconds: Int32
    /// The time zone.
    public var zone: Zone
    /// What the seconds count.
    public var clock: Clock

    /// Creates a date and time from UTC seconds.
    public init(seconds: Int64, nanoseconds: Int32 = 0, zone: Zone = .offset(0)) {
        self.init(seconds: seconds, nanoseconds: nanoseconds, zone: zone, clock: .utc)
    }

    /// Creates a date and time from the seconds of a clock.
    public init(seconds: Int64, nanoseconds: Int32, zone: Zone, clock: Clock) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
        self.zone = zone
        self.clock = clock
    }

    /// Decodes a date and time in either form of the protocol.
    public init(bolt value: BoltValue) throws(BoltError) {
        let structure = try BoltStructure.expect(value, tags: Self.tags, count: 3, name: "a date and time")
        let seconds: Int64 = try structure.field(0)
        nanoseconds = try structure.field(1)
        switch structure.tag {
        case Self.offsetTag:
            (self.seconds, zone, clock) = (seconds, .offset(try structure.field(2)), .utc)
        case Self.zoneTag:
            (self.seconds, zone, clock) = (seconds, .identifier(try structure.field(2)), .utc)
        case Self.legacyOffsetTag:
            let offset: Int32 = try structure.field(2)
            let (utc, overflow) = seconds.subtractingReportingOverflow(Int64(offset))
            guard !overflow else { throw BoltError(.decoding, "a date and time is out of range") }
            (self.seconds, zone, clock) = (utc, .offset(offset), .utc)
        default:
            (self.seconds, zone, clock) = (seconds, .identifier(try structure.field(2)), .local)
        }
    }

    /// Writes the date and time in the form that the server understands.
    ///
    /// Throws ``BoltError/Code/unsupportedValue`` for a named zone when the server's form needs the zone's rules.
    public func encode(to writer: inout PackStreamWriter) throws(BoltError) {
        switch zone {
        case .offset(let offset):
            let ahead = (clock == .local ? -Int64(offset) : 0) + (writer.dialect.usesUTC ? 0 : Int64(offset))
            let (moved, overflow) = seconds.addingReportingOverflow(ahead)
            guard !overflow else { throw BoltError(.unsupportedValue, "a date and time is out of range") }
            writer.writeStructureHeader(tag: writer.dialect.usesUTC ? Self.offsetTag : Self.legacyOffsetTag, count: 3)
            writer.write(moved)
            writer.write(Int64(nanoseconds))
            writer.write(Int64(offset))
        case .identifier(let identifier):
            guard (clock == .utc) == writer.dialect.usesUTC else {
                let wanted = writer.dialect.usesUTC ? "UTC seconds" : "seconds of the local clock"
                throw BoltError(
                    .unsupportedValue,
                    "for the zone \(identifier) this server needs \(wanted); convert them, or use an offset")
            }
            writer.writeStructureHeader(tag: writer.dialect.usesUTC ? Self.zoneTag : Self.legacyZoneTag, count: 3)
            writer.write(seconds)
            writer.write(Int64(nanoseconds))
            try writer.write(identifier)
        }
    }
}
