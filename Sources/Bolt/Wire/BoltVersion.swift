/// A version of the Bolt protocol.
public struct BoltVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The first number.
    public let major: UInt8
    /// The second number.
    public let minor: UInt8

    /// Creates a version.
    public init(_ major: UInt8, _ minor: UInt8) {
        self.major = major
        self.minor = minor
    }

    /// Whether `lhs` is older.
    public static func < (lhs: BoltVersion, rhs: BoltVersion) -> Bool {
        (lhs.major, lhs.minor) < (rhs.major, rhs.minor)
    }

    /// Both numbers, as in `5.4`.
    public var description: String { "\(major).\(minor)" }

    static let v44 = BoltVersion(4, 4)
    static let v50 = BoltVersion(5, 0)
    static let v51 = BoltVersion(5, 1)
    static let v52 = BoltVersion(5, 2)
    static let v53 = BoltVersion(5, 3)
    static let v54 = BoltVersion(5, 4)
    static let v56 = BoltVersion(5, 6)
    static let v57 = BoltVersion(5, 7)
    static let v58 = BoltVersion(5, 8)
    static let v60 = BoltVersion(6, 0)
    static let v61 = BoltVersion(6, 1)

    /// What the driver speaks, newest first; 5.5 was never released.
    static let supported = [v61, v60, v58, v57, v56, v54, v53, v52, v51, v50, v44]
}

/// What a connection's version of the protocol can say.
public struct BoltDialect: Sendable, Hashable {
    /// The negotiated version.
    public let version: BoltVersion
    /// Whether a date with a time zone counts its seconds in UTC; before 5.0 only if the server agreed to.
    public let usesUTC: Bool

    /// Creates a dialect.
    public init(version: BoltVersion, usesUTC: Bool = true) {
        self.version = version
        self.usesUTC = usesUTC || version >= .v50
    }

    /// The newest dialect: it can say everything.
    static let newest = BoltDialect(version: .v61)

    /// The version of PackStream.
    var packStreamVersion: Int { version >= .v61 ? 2 : 1 }
}
