/// How far a reader of events is: everything below a height is done.
public struct EventCursor: Sendable, Hashable, Comparable, Codable {
    /// The first height that is not done.
    public var nextHeight: UInt64

    /// Creates a cursor.
    public init(nextHeight: UInt64) { self.nextHeight = nextHeight }

    /// The order of heights.
    public static func < (one: EventCursor, other: EventCursor) -> Bool { one.nextHeight < other.nextHeight }
}
